import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { LessThan } from 'typeorm';
import { actorInFlight } from '../../audit/audit-trail';
import type { AuditActor } from '../../audit/audit-event';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { NotFound } from '../../http/problems';
import { ConnectionRevision } from './connection-revision.entity';
import { BY_ADMIN, type RevisionAuthor } from './revision-author';
import { SettingsRows } from './settings-rows.service';
import { asStrictAs, type Return, withdrawnSince } from './demands';
import { type Difference, differenceOf, shown, type Snapshot } from './snapshot';

/** A change that is about to be made: the number and the settings before it. */
export interface Before {
  readonly connectionId: string;
  readonly number: number;
  readonly snapshot: Snapshot;
}

/** The revision that a change made. */
export interface Made {
  readonly number: number;
  readonly diff: Difference;
}

/**
 * Names, whose signature metadata must carry, and when the secret is said to end, say nothing about whether people can
 * sign in: two revisions that differ in these only test alike.
 */
const contentOf = (snapshot: string): string =>
  `(${snapshot} #- '{connection,name}' #- '{connection,provider}' #- '{saml,metadata_certificates}' #- '{oidc,client_secret_expires_at}')`;

/** The columns that reading a provider's metadata or discovery document fills. */
const SAID_BY_PROVIDERS = [
  ...['entity_id', 'sso_url', 'sso_post_url', 'slo_url', 'slo_binding', 'slo_response_url', 'certificates'],
  ...['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint', 'end_session_endpoint'],
  'iss_parameter_supported',
];

/**
 * The history of connections in the current workspace. A test or sign-in proves settings, not a revision number: a
 * revision with the content of an earlier one counts as proven as well.
 */
@Injectable()
export class ConnectionRevisions {
  constructor(
    private readonly database: Database,
    private readonly rows: SettingsRows,
  ) {}

  /** One revision more than the page holds, newest first. */
  list(connectionId: string, { limit, cursor }: PageQuery): Promise<ConnectionRevision[]> {
    const where = { connectionId, ...(cursor && { id: LessThan(decodeCursor(cursor)) }) };
    return this.revisions.find({ where, order: { id: 'DESC' }, take: limit + 1 });
  }

  /** Throws NotFound. */
  async get(connectionId: string, number: number): Promise<ConnectionRevision> {
    const revision = await this.revisions.findOneBy({ connectionId, number });
    if (!revision) throw new NotFound('Revision');
    return revision;
  }

  /** What has become of the settings of a revision. Throws NotFound. */
  async changedSince(number: number, { connectionId, snapshot }: Before): Promise<Difference> {
    return differenceOf((await this.get(connectionId, number)).snapshot, snapshot);
  }

  /** Where the metadata of a connection was read before somebody gave another description; null: nowhere. */
  async lastMetadataUrl(connectionId: string): Promise<string | null> {
    const [row] = await this.database.query<{ url: string }>(
      `select snapshot->'saml'->>'metadata_url' as url from connection_revisions
        where connection_id = $1 and snapshot->'saml'->>'metadata_url' is not null order by number desc limit 1`,
      [connectionId],
    );
    return row?.url ?? null;
  }

  /** Writes the first revision of a connection that was just made. */
  async begin(connectionId: string, author: RevisionAuthor): Promise<Made> {
    const after = await this.rows.read(connectionId);
    const diff = { before: {}, after: shown(after) };
    await this.insert({ connectionId, number: 1, author, after, diff });
    return { number: 1, diff };
  }

  /**
   * The settings before a change of a connection that is locked. One that has no history yet gets it here, so that
   * there is something to go back to.
   */
  async before(connectionId: string, number: number): Promise<Before> {
    const snapshot = await this.rows.read(connectionId);
    if (!(await this.revisions.existsBy({ connectionId, number }))) {
      const diff = { before: {}, after: shown(snapshot) };
      const author = { ...BY_ADMIN, actor: { type: 'system', id: null } as const };
      await this.insert({ connectionId, number, author, after: snapshot, diff });
    }
    return { connectionId, number, snapshot };
  }

  /**
   * Makes the next revision out of what the rows hold now and puts it in force: the status of a set-up follows its
   * tests. Answers undefined when nothing changed.
   */
  async after(before: Before, author: RevisionAuthor, restoredFrom?: number): Promise<Made | undefined> {
    const { connectionId } = before;
    const after = await this.rows.read(connectionId);
    if (isDeepStrictEqual(before.snapshot, after)) return undefined;

    const number = before.number + 1;
    const diff = differenceOf(before.snapshot, after);
    const { tested, proven } = await this.insert({ connectionId, number, author, after, diff, restoredFrom });
    await this.database.query(
      `update sso_connections
          set revision = $2, updated_at = now(),
              proven_revision = case when $4 then $2 else proven_revision end,
              status = case when status not in ('draft', 'tested') then status when $3 then 'tested' else 'draft' end
        where id = $1`,
      [connectionId, number, tested, proven],
    );
    return { number, diff };
  }

  /** Puts the settings of a revision back into the rows; `after` makes a revision of it. */
  bringBack(connectionId: string, snapshot: Snapshot): Promise<void> {
    return this.rows.write(connectionId, snapshot);
  }

  /** What an earlier revision would be if it came back without being any laxer than the settings in force. */
  async asStrictAsNow(
    connectionId: string,
    live: Snapshot,
    number: number,
    earlier: Snapshot,
  ): Promise<Return> {
    const rows = await this.database.query<{ certificates: string[] }>(
      `select coalesce(snapshot->'saml'->'certificates', '[]') as certificates from connection_revisions
        where connection_id = $1 and number >= $2 order by number`,
      [connectionId, number],
    );
    return asStrictAs(live, earlier, withdrawnSince(rows.map(({ certificates }) => certificates)));
  }

  /** Which of these connections have passed a test by the settings in force. */
  async tested(connectionIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.database.query<{ id: string }>(
      `select c.id from sso_connections c join connection_revisions r on r.connection_id = c.id and r.number = c.revision
        where c.id = any ($1) and r.tested_at is not null`,
      [connectionIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** A test by this revision has passed. A draft that still has it in force is ready to be activated. */
  async markTested(connectionId: string, number: number, by: AuditActor, attemptId: string): Promise<void> {
    await this.database.query(
      `update connection_revisions set tested_at = now(), tested_by = $3, tested_attempt_id = $4
        where connection_id = $1 and number = $2`,
      [connectionId, number, JSON.stringify(by), attemptId],
    );
    await this.database.query(
      `update sso_connections set status = 'tested', updated_at = now()
        where id = $1 and revision = $2 and status = 'draft'`,
      [connectionId, number],
    );
  }

  /** Somebody has signed in by this revision. */
  async markProven(connectionId: string, number: number): Promise<void> {
    await this.database.query(
      `with first as (update sso_connections set proven_revision = $2
                       where id = $1 and revision = $2 and proven_revision is distinct from $2 returning id)
       update connection_revisions r set proven_at = now() from first
        where r.connection_id = first.id and r.number = $2 and r.proven_at is null`,
      [connectionId, number],
    );
  }

  /**
   * Whether the provider's settings in this revision caused a rollback, and nobody has signed in with them since.
   * Other settings of the revision are ignored.
   */
  async wasTakenBack(connectionId: string, number: number): Promise<boolean> {
    const rows = await this.database.query(
      `with said as (
         select r.number, r.origin, r.tested_at is not null or r.proven_at is not null as is_good,
                (select jsonb_agg(jsonb_build_array(r.snapshot->'saml'->name, r.snapshot->'oidc'->name) order by name)
                   from unnest($3::text[]) name) as description
           from connection_revisions r where r.connection_id = $1)
       select from said live
         join said bad on bad.number < live.number and bad.description = live.description
         join said good on good.number = bad.number + 1 and good.origin = 'rollback'
          and good.description <> bad.description
        where live.number = $2
          and not exists (select from said since where since.number > bad.number and since.is_good
                                                   and since.description = live.description)`,
      [connectionId, number, SAID_BY_PROVIDERS],
    );
    return rows.length > 0;
  }

  private async insert(revision: {
    connectionId: string;
    number: number;
    author: RevisionAuthor;
    after: Snapshot;
    diff: Difference;
    restoredFrom?: number | undefined;
  }): Promise<{ tested: boolean; proven: boolean }> {
    const { connectionId, number, author, after, diff, restoredFrom = null } = revision;
    const actor = author.actor ?? actorInFlight();
    const [row] = await this.database.query<{ tested: boolean; proven: boolean }>(
      `insert into connection_revisions (connection_id, number, origin, author, snapshot, diff, restored_from,
                                         tested_at, tested_by, tested_attempt_id, proven_at)
       select $1, $2, $3, $4, $5::jsonb, $6, $7, t.tested_at, t.tested_by, t.tested_attempt_id, p.proven_at
         from (select) one
         left join lateral (select r.* from connection_revisions r
                             where r.connection_id = $1 and r.tested_at is not null
                               and ${contentOf('r.snapshot')} = ${contentOf('$5::jsonb')}
                             order by r.number desc limit 1) t on true
         left join lateral (select r.* from connection_revisions r
                             where r.connection_id = $1 and r.proven_at is not null
                               and ${contentOf('r.snapshot')} = ${contentOf('$5::jsonb')}
                             order by r.number desc limit 1) p on true
       returning tested_at is not null as tested, proven_at is not null as proven`,
      [
        connectionId,
        number,
        author.origin,
        JSON.stringify(actor),
        JSON.stringify(after),
        JSON.stringify(diff),
        restoredFrom,
      ],
    );
    return row!;
  }

  private get revisions() {
    return this.database.repository(ConnectionRevision);
  }
}
