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

/** What the page showed from which a change was sent. */
export interface Seen {
  readonly issuer?: string | undefined;
  readonly revision?: number | undefined;
}

/** The fields to change; a missing one keeps its value. */
export interface ConnectionChanges {
  connection?: Partial<ConnectionFields>;
  saml?: Partial<SamlFields>;
  oidc?: Partial<OidcFields>;
  /** Null removes the secret. */
  clientSecret?: string | null;
  /**
   * The revision whose settings the provider's description was read and judged by. Refused when there is a later one.
   */
  judgedBy?: number;
  /** The revision that the page showed, when the change comes from a page. */
  seenRevision?: number | undefined;
}

/**
 * Changes the settings of connections in the current workspace. All changes go through here, and each makes a revision
 * and an audit event.
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
   * Changes the settings and makes the next revision; does nothing when nothing differs. A connection that is not
   * active must then be tested again. When the identity provider is not described yet, this is the first description,
   * and the caller must make sure that it is complete. Throws NotFound, 409 `connection_changed` (also when the change
   * would undo another that the page did not show), and what `author` throws when they are no longer allowed to do this.
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
   * Restores the content of an earlier revision as a new one. What that content had proven, such as a passed test,
   * holds again. A restore by a person also takes back stricter demands on sign-ins; an automatic rollback does not.
   * Throws NotFound for the connection and the revision, and 409 `revision_incomplete` for a revision from before the
   * identity provider was described.
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
   * A new client secret gets its own row and id, so that a cached old one is not used for it, and earlier revisions
   * still find theirs.
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
