import { Injectable } from '@nestjs/common';
import { sameHash } from '../../crypto/credential';
import { listed, listOf } from '../../database/column-list';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { inTurns } from '../../threads/in-turns';
import { type ActivityEntry, outcomeOf } from './activity-entry';
import { type ActivityChange, changesOf, subjectsOf } from './changes';
import { connectorOf } from './connector';
import { cut, toldOf } from './masking';
import { type ActivityOperation, operationsOf, queryOf } from './operations';
import { type Names, summaryOf } from './summary';

/** An entry prepared for its row. */
interface Readied {
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

const NOTHING_KNOWN: Known = { names: new Map(), tokens: new Map() };

const KNOWN = `
  select 'name' as kind, id, coalesce(display_name, user_name) as name, null::bytea as hash from members where id = any($1)
  union all select 'name', id, display_name, null from directory_groups where id = any($2)
  union all select 'token', id, name, secret_hash from scim_tokens where id = any($3)`;

/** The columns of a row, each with the type of its parameter. */
const COLUMNS = {
  id: 'uuid',
  at: 'timestamptz',
  directory_id: 'uuid',
  directory_name: 'text',
  connector: 'text',
  method: 'text',
  path: 'text',
  query: 'text',
  summary: 'text',
  outcome: 'text',
  status: 'int',
  scim_type: 'text',
  detail: 'text',
  duration_ms: 'real',
  operations: 'jsonb',
  changes: 'jsonb',
  member_ids: 'uuid[]',
  group_ids: 'uuid[]',
  ip: 'text',
  user_agent: 'text',
  request_id: 'text',
} as const;

type Column = keyof typeof COLUMNS;
type Row = Readonly<Record<Column, string | number | null>>;

const NAMES = Object.keys(COLUMNS) as Column[];
const isArray = (column: Column): boolean => COLUMNS[column].endsWith('[]');

const INSERT = prepared(
  'scim_activity_add',
  `insert into scim_activity (${NAMES.join(', ')})
   select ${NAMES.map((name) => (isArray(name) ? `${name}::${COLUMNS[name]}` : name)).join(', ')}
     from unnest(${NAMES.map((name, at) => listed(at + 1, isArray(name) ? 'text' : COLUMNS[name])).join(', ')})
          as r (${NAMES.join(', ')})`,
);

/** Writes activity entries: any number of them with two round trips. */
@Injectable()
export class ActivityStore {
  constructor(private readonly database: Database) {}

  /** Skips entries whose credential was never issued by this workspace: otherwise anybody could fill its log. */
  async write(workspaceId: string, entries: readonly ActivityEntry[]): Promise<void> {
    const made = await inTurns(entries, prepare);
    const known = await this.know(workspaceId, made);
    const rows = (await inTurns(made, (one) => rowOf(one, known))).flat();
    if (rows.length === 0) return;
    const lists = NAMES.map((name) => listOf(rows.map((row) => row[name])));
    // The commit need not wait for the disk: the entries were only in memory before, too.
    await this.database.onceInWorkspace(workspaceId, INSERT, lists, { mayBeLost: true });
  }

  private async know(workspaceId: string, made: readonly Readied[]): Promise<Known> {
    const presented = made.flatMap(({ entry }) => (entry.presented ? [entry.presented.id] : []));
    const members = new Set(made.flatMap((one) => one.members));
    const groups = new Set(made.flatMap((one) => one.groups));
    if (members.size + groups.size + presented.length === 0) return NOTHING_KNOWN;
    const found = await this.database.onceInWorkspace<{
      kind: string;
      id: string;
      name: string;
      hash: Buffer;
    }>(workspaceId, KNOWN, [[...members], [...groups], presented]);
    const names = found.filter(({ kind }) => kind === 'name').map(({ id, name }) => [id, name] as const);
    const tokens = found.filter(({ kind }) => kind === 'token').map((token) => [token.id, token] as const);
    return { names: new Map(names), tokens: new Map(tokens) };
  }
}

function prepare(entry: ActivityEntry): Readied {
  const changes = changesOf(entry.deeds);
  const operations = operationsOf(entry);
  return { entry, changes, operations, ...subjectsOf(entry, changes) };
}

/** The row of an entry; none for one that is skipped. */
function rowOf({ entry, changes, operations, members, groups }: Readied, { names, tokens }: Known): Row[] {
  const directory = entry.directory ?? directoryOf(entry, tokens);
  if (!directory) return [];
  const connector = connectorOf(entry.userAgent, entry.query);
  const row: Row = {
    id: entry.id,
    at: entry.at.toISOString(),
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
    operations: jsonOf(operations),
    changes: jsonOf(changes.map((change) => ({ ...change, name: names.get(change.resource.id) ?? null }))),
    member_ids: `{${members.join()}}`,
    group_ids: `{${groups.join()}}`,
    ip: entry.ip,
    user_agent: entry.userAgent === undefined ? null : cut(entry.userAgent),
    request_id: entry.requestId,
  };
  return [row];
}

/** PostgreSQL cannot store U+0000. */
const jsonOf = (value: unknown): string => JSON.stringify(value).replaceAll('\\u0000', '\\ufffd');

function directoryOf(
  { presented }: ActivityEntry,
  tokens: Known['tokens'],
): { id: string; name: string } | undefined {
  const token = presented && tokens.get(presented.id);
  return token && sameHash(token.hash, presented.hash) ? { id: presented.id, name: token.name } : undefined;
}
