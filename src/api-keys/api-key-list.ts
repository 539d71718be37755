import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsUUID } from 'class-validator';
import type { Repository, SelectQueryBuilder } from 'typeorm';
import { API_KEY_SCOPES, type ApiKeyScope } from '../access/permissions';
import { isTimeInDatabase } from '../http/instant';
import { IsLine } from '../http/is-line';
import { BadRequest } from '../http/problems';
import { PageQuery } from '../http/page';
import { WhenGiven } from '../http/when-given';
import type { ApiKey, ApiKeyStatus } from './api-key.entity';

const STATUSES = ['active', 'expired', 'revoked'] as const satisfies ApiKeyStatus[];
const FLAGS = ['creator_left'] as const;

/** What a list may be sorted by, and the type that places are compared in. Never null. */
const ORDERS = {
  createdAt: { sql: 'key.created_at', type: 'timestamptz' },
  name: { sql: 'lower(key.name)', type: 'text' },
  lastUsedAt: { sql: `coalesce(key.last_used_at, '-infinity')`, type: 'timestamptz' },
  expiresAt: { sql: `coalesce(key.expires_at, 'infinity')`, type: 'timestamptz' },
} as const;

const SORTS = Object.keys(ORDERS).flatMap((name) => [name, `-${name}`]);

const CONDITIONS: Readonly<Record<ApiKeyStatus, string>> = {
  active: 'key.revoked_at is null and (key.expires_at is null or key.expires_at > now())',
  expired: 'key.revoked_at is null and key.expires_at <= now()',
  revoked: 'key.revoked_at is not null',
};

export class ApiKeyQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STATUSES, description: 'Only keys that stand so' })
  @WhenGiven()
  @IsIn(STATUSES)
  status?: ApiKeyStatus;

  @ApiPropertyOptional({
    enum: FLAGS,
    description: '`creator_left`: live keys whose maker is no member any more; adopt or revoke them',
  })
  @WhenGiven()
  @IsIn(FLAGS)
  flag?: (typeof FLAGS)[number];

  @ApiPropertyOptional({ format: 'uuid', description: 'Keys that this member made' })
  @WhenGiven()
  @IsUUID()
  createdBy?: string;

  @ApiPropertyOptional({ enum: API_KEY_SCOPES, description: 'Keys that carry this scope' })
  @WhenGiven()
  @IsIn(API_KEY_SCOPES)
  scope?: ApiKeyScope;

  @ApiPropertyOptional({ description: 'Part of the name, in any case' })
  @WhenGiven()
  @IsLine(100)
  name?: string;

  @ApiPropertyOptional({ enum: SORTS, default: '-createdAt', description: 'With a minus: descending' })
  @WhenGiven()
  @IsIn(SORTS)
  sort?: string;
}

export interface ApiKeyListing {
  readonly keys: ApiKey[];
  readonly nextCursor: string | null;
}

/**
 * A page of the API keys of the current workspace. Throws 400 `invalid_cursor`, also for a cursor of another sort
 * order.
 */
export async function listApiKeys(
  keys: Repository<ApiKey>,
  { limit, cursor, sort = '-createdAt', ...filter }: ApiKeyQuery,
): Promise<ApiKeyListing> {
  const descends = sort.startsWith('-');
  const { sql, type } = ORDERS[sort.replace('-', '') as keyof typeof ORDERS];
  const query = matching(keys.createQueryBuilder('key'), filter)
    .addSelect(`(${sql})::text`, 'place')
    .orderBy(sql, descends ? 'DESC' : 'ASC')
    .addOrderBy('key.id', descends ? 'DESC' : 'ASC')
    .limit(limit + 1);
  if (cursor !== undefined) {
    const { place, id } = readCursor(cursor, sort);
    query.andWhere(`(${sql}, key.id) ${descends ? '<' : '>'} (cast(:place as ${type}), cast(:id as uuid))`, {
      place,
      id,
    });
  }
  const { entities, raw } = await query.getRawAndEntities<{ place: string }>();
  const shown = entities.slice(0, limit);
  const last = shown.at(-1);
  const more = last && entities.length > limit;
  return {
    keys: shown,
    nextCursor: more ? writeCursor([sort, raw[shown.length - 1]!.place, last.id]) : null,
  };
}

function matching(
  query: SelectQueryBuilder<ApiKey>,
  { status, flag, createdBy, scope, name }: Omit<ApiKeyQuery, 'limit'>,
): SelectQueryBuilder<ApiKey> {
  query.where('true');
  if (status) query.andWhere(CONDITIONS[status]);
  if (flag) query.andWhere(`key.creator_left_at is not null and ${CONDITIONS.active}`);
  if (createdBy) query.andWhere('key.created_by = :createdBy', { createdBy });
  if (scope) query.andWhere(':scope = any(key.scopes)', { scope });
  if (name) query.andWhere('strpos(lower(key.name), lower(:name)) > 0', { name });
  return query;
}

const writeCursor = (position: readonly string[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INFINITY = /^-?infinity$/;
const isMoment = (text: string): boolean => INFINITY.test(text) || isTimeInDatabase(text);

function readCursor(cursor: string, sort: string): { place: string; id: string } {
  try {
    const [order, place, id, ...more] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isPlace =
      typeof place === 'string' && !place.includes('\u0000') && (sort.endsWith('name') || isMoment(place));
    if (order === sort && isPlace && typeof id === 'string' && UUID.test(id) && more.length === 0) {
      return { place, id };
    }
  } catch {
    // No JSON: as wrong as any other.
  }
  throw new BadRequest('invalid_cursor', 'This cursor did not come from a page of this list.');
}
