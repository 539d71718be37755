import { isTimeInDatabase } from '../../http/instant';
import { decodeCursor, encodeCursor } from '../../http/page';
import { BadRequest } from '../../http/problems';

/** What a list of members can be sorted by, as SQL over the alias `member` that is never null. */
interface Key {
  readonly sql: string;
  readonly type: string;
  /** What the key is read from beside the member. */
  readonly join?: string;
}

/**
 * One look into the index for each member that fits, however many sessions they ever had. A time kept with the member
 * would serve a page at once, and cost a write at every sign-in.
 */
const LAST_SEEN = `left join lateral (
  select max(s.last_used_at) as at from sessions s where s.member_id = member.id) seen on true`;

const KEYS = {
  createdAt: { sql: 'member.id', type: 'uuid' },
  email: { sql: 'member.email collate "C"', type: 'text' },
  displayName: { sql: 'member.name_key', type: 'text' },
  role: { sql: `array_position('{admin,editor,viewer}'::text[], member.role)`, type: 'int' },
  lastSeenAt: {
    sql: `coalesce(seen.at, '-infinity'::timestamptz)`,
    type: 'timestamptz',
    join: LAST_SEEN,
  },
} as const satisfies Record<string, Key>;

/** `?sort=`: a name, or `-name` for the other direction. */
export const MEMBER_SORTS = Object.keys(KEYS).flatMap((name) => [name, `-${name}`]);
export const NEWEST_FIRST = '-createdAt';

/** Where in the order a page ends. */
export interface Place {
  readonly key: string;
  readonly id: string;
}

/** The order of a list of members, with ids between equals: whatever is added meanwhile, no page repeats or skips. */
export class MemberOrder {
  private readonly key: Key;
  private readonly descending: boolean;

  constructor(private readonly sort: string) {
    this.descending = sort.startsWith('-');
    this.key = KEYS[sort.replace(/^-/, '') as keyof typeof KEYS];
  }

  get sql(): string {
    return this.key.sql;
  }

  get join(): string {
    return this.key.join ?? '';
  }

  get by(): string {
    const direction = this.descending ? 'desc' : 'asc';
    return `${this.key.sql} ${direction}, member.id ${direction}`;
  }

  /** What lies beyond a place whose key and id are these parameters. */
  beyond(key: string, id: string): string {
    return `(${this.key.sql}, member.id) ${this.descending ? '<' : '>'} (${key}::${this.key.type}, ${id}::uuid)`;
  }

  /** By age an id is the whole place. */
  encode({ key, id }: Place): string {
    if (this.isByAge) return encodeCursor(id);
    return Buffer.from(JSON.stringify([this.sort, key, id])).toString('base64url');
  }

  /** Throws 400 `invalid_cursor`, also for one of another order. */
  decode(cursor: string): Place {
    if (this.isByAge) {
      const id = decodeCursor(cursor);
      return { key: id, id };
    }
    const [sort, key, id] = readList(cursor);
    const isOurs = sort === this.sort && typeof key === 'string' && typeof id === 'string' && UUID.test(id);
    if (isOurs && FITS[this.key.type]!(key)) return { key, id };
    throw new BadRequest(
      'invalid_cursor',
      'This cursor did not come from a page of this list, in this order.',
    );
  }

  private get isByAge(): boolean {
    return this.key === KEYS.createdAt;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a key can be one of its type: the database must not stumble over another. */
const FITS: Readonly<Record<string, (key: string) => boolean>> = {
  text: (key) => !key.includes('\0'),
  int: (key) => /^[1-9]$/.test(key),
  timestamptz: (key) => key === '-infinity' || isTimeInDatabase(key),
};

function readList(cursor: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}
