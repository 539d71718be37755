import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { issueCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { ConnectionReader } from '../connection-reader.service';
import type { ConnectionWithSettings } from '../connection.dto';
import { signalAddresses } from '../connection-urls';
import { impliedRevocationTrust, type RevocationTrust } from './revocation-trust';
import { type SignalKind, SignalSource } from './signal-source.entity';
import type { ChangedSignalsDto, PushAuthorization, SignalsDto } from './signals.dto';

export type { SignalKind };

/** How pushed events are recognised. */
export interface EventStreamTrust {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
}

/** What to believe from now on, all of it checked; null: nobody. */
export interface SignalSettings {
  readonly gtr: RevocationTrust | null;
  readonly ssf: (EventStreamTrust & { readonly authorization: PushAuthorization }) | null;
}

/** Who may end sessions of a connection from outside, in the workspace in flight. */
@Injectable()
export class ConnectionSignals {
  constructor(
    private readonly database: Database,
    private readonly reader: ConnectionReader,
    private readonly trail: AuditTrail,
    private readonly config: Config,
  ) {}

  /** As administrators see it. Throws NotFound. */
  async show(connectionId: string): Promise<SignalsDto> {
    const found = await this.reader.get(connectionId);
    return this.describe(found, await this.sourcesOf(connectionId));
  }

  /** The source of one kind, if it was set. */
  async find(connectionId: string, kind: SignalKind): Promise<SignalSource | undefined> {
    return (await this.sources.findOneBy({ connectionId, kind })) ?? undefined;
  }

  /** Replaces what was set. A new secret for pushes is in this answer only. Throws NotFound. */
  async replace(connectionId: string, { gtr, ssf }: SignalSettings): Promise<ChangedSignalsDto> {
    const found = await this.reader.getForChange(connectionId);
    const before = this.describe(found, await this.sourcesOf(connectionId));
    const current = await this.find(connectionId, 'ssf');
    const push = ssf && this.pushSecret(ssf.authorization, current);
    await this.put(connectionId, 'gtr', gtr && { ...gtr, audience: null, pushSecretHash: null });
    await this.put(
      connectionId,
      'ssf',
      ssf && {
        ...{ issuer: ssf.issuer, audience: ssf.audience, jwksUri: ssf.jwksUri, subject: null },
        pushSecretHash: push?.hash ?? null,
      },
    );
    const after = this.describe(found, await this.sourcesOf(connectionId));
    const data = { before: told(before), after: told(after), newPushSecret: push?.text !== undefined };
    if (data.newPushSecret || JSON.stringify(data.before) !== JSON.stringify(data.after))
      this.record('sso_connection.signals_updated', connectionId, data);
    else this.trail.nothingChanged();
    return { ...after, ...(push?.text !== undefined && { pushAuthorization: `Bearer ${push.text}` }) };
  }

  /** Removes what was set; what follows from the settings of the connection stays. Throws NotFound. */
  async remove(connectionId: string): Promise<void> {
    const found = await this.reader.getForChange(connectionId);
    const before = this.describe(found, await this.sourcesOf(connectionId));
    const { affected } = await this.sources.delete({ connectionId });
    if (affected) this.record('sso_connection.signals_removed', connectionId, { before: told(before) });
    else this.trail.nothingChanged();
  }

  private pushSecret(
    authorization: PushAuthorization,
    current: SignalSource | undefined,
  ): { hash: Buffer; text?: string } | null {
    if (authorization === 'none') return null;
    if (authorization === 'keep' && current) {
      return current.pushSecretHash && { hash: current.pushSecretHash };
    }
    return issueCredential('ghe', this.database.workspaceId, uuidV7());
  }

  private async put(
    connectionId: string,
    kind: SignalKind,
    fields: Pick<SignalSource, 'issuer' | 'jwksUri' | 'subject' | 'audience' | 'pushSecretHash'> | null,
  ): Promise<void> {
    if (!fields) await this.sources.delete({ connectionId, kind });
    else if (await this.sources.existsBy({ connectionId, kind }))
      await this.sources.update({ connectionId, kind }, { ...fields, updatedAt: () => 'now()' });
    else await this.sources.insert({ connectionId, kind, ...fields });
  }

  private describe(
    { connection, oidc }: ConnectionWithSettings,
    { gtr, ssf }: { gtr: SignalSource | undefined; ssf: SignalSource | undefined },
  ): SignalsDto {
    const { provider } = connection;
    const implied = gtr ? undefined : oidc && impliedRevocationTrust({ provider, oidc });
    const trust = gtr ?? implied;
    return {
      ...signalAddresses(this.config.publicUrl, connection),
      gtr: trust
        ? {
            ...{ issuer: trust.issuer, subject: trust.subject ?? '', jwksUri: trust.jwksUri },
            implied: implied !== undefined,
          }
        : null,
      ssf: ssf
        ? {
            ...{ issuer: ssf.issuer, audience: ssf.audience ?? '', jwksUri: ssf.jwksUri },
            authorizationRequired: ssf.pushSecretHash !== null,
          }
        : null,
    };
  }

  private async sourcesOf(
    connectionId: string,
  ): Promise<{ gtr: SignalSource | undefined; ssf: SignalSource | undefined }> {
    const found = await this.sources.findBy({ connectionId });
    return {
      gtr: found.find(({ kind }) => kind === 'gtr'),
      ssf: found.find(({ kind }) => kind === 'ssf'),
    };
  }

  private record(
    type: 'sso_connection.signals_updated' | 'sso_connection.signals_removed',
    id: string,
    data: Record<string, unknown>,
  ): void {
    this.trail.record({ type, target: { type: 'sso_connection', id }, data });
  }

  private get sources() {
    return this.database.repository(SignalSource);
  }
}

/** What the audit trail tells of it. */
const told = ({ gtr, ssf }: SignalsDto): Record<string, unknown> => ({ gtr, ssf });
