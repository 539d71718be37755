import { Injectable } from '@nestjs/common';
import type { AuditRecord } from '../audit/audit-event';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { Conflict } from '../http/problems';
import { SecretsService } from '../secrets/secrets.service';
import { isComplete } from './completeness';
import type { ConnectionWithSettings } from './connection.dto';
import { ConnectionReader } from './connection-reader.service';
import type { OidcFields } from './oidc-set-up';
import { OidcSettings } from './oidc-settings.entity';
import { ConnectionRevisions, type Made } from './revisions/connection-revisions.service';
import type { RevisionAuthor } from './revisions/revision-author';
import { refuseUnseen } from './revisions/unseen-changes';
import { SamlSettings } from './saml-settings.entity';
import { SsoConnection } from './sso-connection.entity';

type Current = Pick<ConnectionWithSettings, 'connection' | 'saml' | 'oidc'>;
type Described<Settings> = Partial<Omit<Settings, 'connectionId' | 'workspaceId'>>;

export type ConnectionFields = Pick<SsoConnection, 'name' | 'provider' | 'attributeMapping'>;
export type SamlFields = Omit<SamlSettings, 'connectionId' | 'workspaceId'>;

/** What was on the page that a change comes from. */
export interface Seen {
  readonly issuer?: string | undefined;
  readonly revision?: number | undefined;
}

/** What to change; what is absent stays. */
export interface ConnectionChanges {
  connection?: Partial<ConnectionFields>;
  saml?: Partial<SamlFields>;
  oidc?: Partial<OidcFields>;
  /** Null: none any more. */
  clientSecret?: string | null;
  /** The revision by whose settings they were read and judged: once there is a later one, that says nothing. */
  judgedBy?: number;
  /** The one on the page that they come from, if they come from one. */
  seenRevision?: number | undefined;
}

/**
 * Keeps the settings of connections, in the workspace in flight. Every change takes this way, whoever makes it, and
 * leaves a revision and an audit event.
 */
@Injectable()
export class ConnectionAdmin {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly secrets: SecretsService,
    private readonly reader: ConnectionReader,
    private readonly revisions: ConnectionRevisions,
  ) {}

  /**
   * Changes the settings in force and makes the next revision of them; an unchanged connection stays as it is. One
   * that is not active yet has to be tested again. Where nothing is known of the identity provider yet, its settings
   * begin here: the caller sees to it that they are whole. Throws NotFound, 409 `connection_changed`, also for what
   * would take back what nobody had changed yet on the page it comes from, and what the author throws who may not any
   * more.
   */
  async update(
    id: string,
    { connection, saml, oidc, clientSecret, judgedBy, seenRevision }: ConnectionChanges,
    author: RevisionAuthor,
  ): Promise<ConnectionWithSettings> {
    const current = await this.reader.getForChange(id);
    await author.stillMay?.();
    if (judgedBy !== undefined && judgedBy !== current.connection.revision) throw changedMeanwhile();
    const before = await this.revisions.before(id, current.connection.revision);
    if (hasFields(connection)) await this.connections.update({ id }, connection);
    if (current.connection.type === 'saml') await this.writeSaml(current, saml);
    else await this.writeOidc(current, oidc, clientSecret);

    const made = await this.revisions.after(before, author);
    if (made && seenRevision !== undefined) {
      const since = await this.revisions.changedSince(seenRevision, before);
      refuseUnseen(made.diff, since, current.connection);
    }
    if (made) this.recordUpdate(id, made, author);
    else this.trail.nothingChanged();
    return this.reader.get(id);
  }

  /**
   * Brings the content of an earlier revision back, as a new one. What that content had proved, a passed test
   * included, holds again. What is demanded of sign-ins since then gives way to a person only, not to a rollback. Throws
   * NotFound for the connection and for the revision, and 409 `revision_incomplete` for one from before the identity
   * provider was described.
   */
  async restore(id: string, number: number, author: RevisionAuthor): Promise<ConnectionWithSettings> {
    const current = await this.reader.getForChange(id);
    const wanted = await this.revisions.get(id, number);
    if (!isComplete(wanted.snapshot)) throw revisionIncomplete(number);
    const before = await this.revisions.before(id, current.connection.revision);
    const isDecided = author.origin !== 'rollback';
    const { snapshot } = isDecided
      ? wanted
      : await this.revisions.asStrictAsNow(id, before.snapshot, number, wanted.snapshot);
    await this.revisions.bringBack(id, snapshot);
    const made = await this.revisions.after(before, author, number);
    if (made) this.recordUpdate(id, made, author, number);
    else this.trail.nothingChanged();
    return this.reader.get(id);
  }

  private async writeSaml(
    { connection: { id: connectionId }, saml }: Current,
    fields?: Described<SamlSettings>,
  ) {
    if (!hasFields(fields)) return;
    if (saml) await this.samlSettings.update({ connectionId }, fields);
    else await this.samlSettings.insert({ connectionId, ...fields });
  }

  /**
   * A new client secret gets a row, and so an id, of its own: whoever opened the old one cannot mistake it, and an
   * earlier revision still finds the one it was made with.
   */
  private async writeOidc(
    { connection: { id: connectionId }, oidc }: Current,
    changes: Described<OidcSettings> = {},
    clientSecret?: string | null,
  ): Promise<void> {
    const fields: Described<OidcSettings> = { ...changes };
    if (clientSecret !== undefined) {
      fields.clientSecretId =
        clientSecret === null ? null : await this.secrets.store('oidc_client_secret', clientSecret);
    }
    if (!hasFields(fields)) return;
    if (oidc) await this.oidcSettings.update({ connectionId }, fields);
    else await this.oidcSettings.insert({ connectionId, ...fields });
  }

  private recordUpdate(id: string, { number, diff }: Made, author: RevisionAuthor, restored?: number): void {
    const { origin } = author;
    const data = { revision: number, origin, ...(restored && { restoredFrom: restored }), ...diff };
    const type = origin === 'rollback' ? 'sso_connection.rolled_back' : 'sso_connection.updated';
    this.record({ type, data }, id, author);
  }

  private record(event: Pick<AuditRecord, 'type' | 'data'>, id: string, { actor }: RevisionAuthor): void {
    this.trail.record({ ...event, target: { type: 'sso_connection', id }, ...(actor && { actor }) });
  }

  private get connections() {
    return this.database.repository(SsoConnection);
  }

  private get samlSettings() {
    return this.database.repository(SamlSettings);
  }

  private get oidcSettings() {
    return this.database.repository(OidcSettings);
  }
}

/** What was looked into is not what would be changed. */
export function changedMeanwhile(): Conflict {
  return new Conflict(
    'connection_changed',
    'Somebody changed the connection while this change was being looked into. Look at it and try again.',
  );
}

function revisionIncomplete(number: number): Conflict {
  return new Conflict(
    'revision_incomplete',
    `Revision ${number} is from before the identity provider was described: there is nothing in it to go back to.`,
  );
}

/** An update of nothing is no SQL. */
function hasFields<T extends object>(fields: T | undefined): fields is T {
  return fields !== undefined && Object.values(fields).some((value) => value !== undefined);
}
