import { Injectable } from '@nestjs/common';
import { sameHash } from '../../crypto/credential';
import { Database } from '../../database/database';
import { type ActivityEntry, outcomeOf } from './activity-entry';
import { type ActivityChange, changesOf, subjectsOf } from './changes';
import { connectorOf } from './connector';
import { cut, toldOf } from './masking';
import { type ActivityOperation, operationsOf, queryOf } from './operations';
import { type Names, summaryOf } from './summary';

/** A request that is about to become a row. */
interface Prepared {
  readonly entry: ActivityEntry;
  readonly changes: readonly ActivityChange[];
  readonly operations: readonly ActivityOperation[];
  readonly members: readonly string[];
  readonly groups: readonly string[];
}

interface Known {
  readonly names: Names;
  readonly tokens: ReadonlyMap<string, { readonly name: string; readonly hash: Buffer }>;
}

const KNOWN = `
  select 'name' as kind, id, coalesce(display_name, user_name) as name, null::bytea as hash from members where id = any($1)
  union all select 'name', id, display_name, null from directory_groups where id = any($2)
  union all select 'token', id, name, secret_hash from scim_tokens where id = any($3)`;

const INSERT = `
  insert into scim_activity (id, at, directory_id, directory_name, connector, method, path, query, summary, outcome,
                             status, scim_type, detail, duration_ms, operations, changes, member_ids, group_ids, ip,
                             user_agent, request_id)
  select r.* from jsonb_to_recordset($1) as r(
    id uuid, at timestamptz, directory_id uuid, directory_name text, connector text, method text, path text, query text,
    summary text, outcome text, status int, scim_type text, detail text, duration_ms real, operations jsonb,
    changes jsonb, member_ids uuid[], group_ids uuid[], ip text, user_agent text, request_id text)`;

/** Writes requests of directories down, many with two round trips. */
@Injectable()
export class ActivityStore {
  constructor(private readonly database: Database) {}

  /** Those that showed a token which never was one of this workspace leave no trace: anybody could write here. */
  async write(workspaceId: string, entries: readonly ActivityEntry[]): Promise<void> {
    const prepared = entries.map(prepare);
    const known = await this.know(workspaceId, prepared);
    const rows = prepared.flatMap((one) => rowOf(one, known));
    if (rows.length > 0) await this.database.onceInWorkspace(workspaceId, INSERT, [`[${rows.join()}]`]);
  }

  private async know(workspaceId: string, prepared: readonly Prepared[]): Promise<Known> {
    const presented = prepared.flatMap(({ entry }) => (entry.presented ? [entry.presented.id] : []));
    const found = await this.database.onceInWorkspace<{
      kind: string;
      id: string;
      name: string;
      hash: Buffer;
    }>(workspaceId, KNOWN, [
      [...new Set(prepared.flatMap(({ members }) => members))],
      [...new Set(prepared.flatMap(({ groups }) => groups))],
      presented,
    ]);
    const names = found.filter(({ kind }) => kind === 'name').map(({ id, name }) => [id, name] as const);
    const tokens = found.filter(({ kind }) => kind === 'token').map((token) => [token.id, token] as const);
    return { names: new Map(names), tokens: new Map(tokens) };
  }
}

function prepare(entry: ActivityEntry): Prepared {
  const changes = changesOf(entry.deeds);
  const operations = operationsOf(entry);
  return { entry, changes, operations, ...subjectsOf(entry, changes) };
}

/** As JSON; none of a request that is not written down. */
function rowOf(
  { entry, changes, operations, members, groups }: Prepared,
  { names, tokens }: Known,
): string[] {
  const directory = entry.directory ?? directoryOf(entry, tokens);
  if (!directory) return [];
  const connector = connectorOf(entry.userAgent, entry.query);
  const row = {
    id: entry.id,
    at: entry.at,
    directory_id: directory.id,
    directory_name: directory.name,
    connector: connector ?? null,
    method: entry.method,
    path: cut(entry.path),
    query: entry.query === '' ? null : queryOf(entry.query),
    summary: summaryOf(entry, connector ?? directory.name, { changes, operations, names }),
    outcome: outcomeOf(entry),
    status: entry.status,
    scim_type: entry.scimType ?? null,
    detail: entry.detail === undefined ? null : cut(toldOf(entry.detail), 500),
    duration_ms: Math.round(entry.durationMs * 10) / 10,
    operations,
    changes: changes.map((change) => ({ ...change, name: names.get(change.resource.id) ?? null })),
    member_ids: members,
    group_ids: groups,
    ip: entry.ip,
    user_agent: entry.userAgent === undefined ? null : cut(entry.userAgent),
    request_id: entry.requestId,
  };
  // PostgreSQL cannot store U+0000.
  return [JSON.stringify(row).replaceAll('\\u0000', '\\ufffd')];
}

function directoryOf(
  { presented }: ActivityEntry,
  tokens: Known['tokens'],
): { id: string; name: string } | undefined {
  const token = presented && tokens.get(presented.id);
  return token && sameHash(token.hash, presented.hash) ? { id: presented.id, name: token.name } : undefined;
}
