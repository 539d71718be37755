import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Conflict, type Problem } from '../../http/problems';
import { AdminMail } from '../../mail/admin-mail';
import type { ConnectionWithSettings } from '../connection.dto';
import { ConnectionAdmin } from '../connection-admin.service';
import { ConnectionRevisions } from '../revisions/connection-revisions.service';
import type { RevisionAuthor } from '../revisions/revision-author';
import type { Reread } from './provider-rereading.service';
import { RefreshRecords } from './refresh-records.service';
import { FOR_PEOPLE } from './refusals-for-people';

/** What follows from asking a provider again, in the workspace in flight. */
@Injectable()
export class RefreshOutcomes {
  constructor(
    private readonly connections: ConnectionAdmin,
    private readonly revisions: ConnectionRevisions,
    private readonly records: RefreshRecords,
    private readonly trail: AuditTrail,
    private readonly mail: AdminMail,
  ) {}

  /**
   * Applies the changes as a new revision; returns whether there were any. Throws 409 `refresh_taken_back` in an
   * automatic refresh when the same settings were rolled back before.
   */
  async succeeded(
    { connection: { id, revision, name } }: ConnectionWithSettings,
    { changes, nextDueAt }: Reread,
    author: RevisionAuthor,
    now: Date,
  ): Promise<boolean> {
    await this.records.succeeded(id, now, nextDueAt);
    const after = await this.connections.update(id, changes, author);
    const changed = after.connection.revision !== revision;
    if (changed && author.actor && (await this.revisions.wasTakenBack(id, after.connection.revision))) {
      throw takenBack();
    }
    if (changed || !author.actor) {
      this.record('sso_connection.refreshed', id, author, { name, changed });
    }
    return changed;
  }

  /** The first failure of a row is recorded, and any that somebody asked for. */
  async failed(
    { connection: { id, name } }: ConnectionWithSettings,
    { code, detail }: Problem,
    author: RevisionAuthor,
    now: Date,
  ): Promise<void> {
    const failures = await this.records.failed(id, now, `${code}: ${detail}`.slice(0, 500));
    if (failures === 1 || !author.actor || FOR_PEOPLE.has(code)) {
      this.record('sso_connection.refresh_failed', id, author, { name, code, reason: detail, failures });
    }
    if (!FOR_PEOPLE.has(code)) return;
    await this.mail.send({
      subject: `The identity provider of ${name} has changed`,
      paragraphs: [
        'What the identity provider says about itself no longer fits the connection, so nothing was taken over: ' +
          'sign-ins go on by the settings as they are.',
        detail,
      ],
      key: `provider.changed:${id}:${detail}`.slice(0, 500),
    });
  }

  private record(
    type: 'sso_connection.refreshed' | 'sso_connection.refresh_failed',
    id: string,
    { actor }: RevisionAuthor,
    data: Record<string, unknown>,
  ): void {
    this.trail.record({ type, target: { type: 'sso_connection', id }, ...(actor && { actor }), data });
  }
}

const takenBack = (): Conflict =>
  new Conflict(
    'refresh_taken_back',
    'The identity provider still says of itself what nobody could sign in by before, so it was not taken over again. Refresh the connection yourself to try it once more.',
  );
