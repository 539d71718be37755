import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { BadRequest } from './problems';

/** The query parameters `limit` and `cursor` that every list takes. */
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50, description: 'How many at most' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ description: 'nextCursor of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  cursor?: string;
}

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** Makes the class that describes `{data, nextCursor}` in the OpenAPI document, for one class of items. */
export function pageOf<T>(item: new () => T): new () => Page<T> {
  class PageDto implements Page<T> {
    @ApiProperty({ type: [item] })
    data: T[];

    @ApiProperty({ type: String, nullable: true, description: 'Pass it as cursor to get the next page.' })
    nextCursor: string | null;
  }
  Object.defineProperty(PageDto, 'name', { value: `${item.name.replace(/Dto$/, '')}Page` });
  return PageDto;
}

/**
 * Makes a page of the rows of a query with `limit + 1`. Ids are UUIDv7 and sort by age, so the id of the last row is
 * the cursor.
 */
export function toPage<Row extends { id: string }, T>(
  rows: Row[],
  limit: number,
  show: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const more = rows.length > limit;
  return { data: shown.map(show), nextCursor: more ? encodeCursor(shown.at(-1)!.id) : null };
}

/** The page of a list that is at hand as a whole. Its cursors say how many items come before. */
export function pageOfAll<T>(all: readonly T[], { limit, cursor }: PageQuery): Page<T> {
  const start = cursor === undefined ? 0 : placeOf(cursor);
  const end = start + limit;
  return { data: all.slice(start, end), nextCursor: end < all.length ? cursorAt(end) : null };
}

const cursorAt = (place: number): string => Buffer.from(`after ${place}`).toString('base64url');

/** Throws 400 `invalid_cursor`. */
function placeOf(cursor: string): number {
  const place = Number(/^after ([1-9]\d{0,8})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]);
  if (Number.isNaN(place) || cursorAt(place) !== cursor) throw invalidCursor();
  return place;
}

export const encodeCursor = (id: string): string =>
  Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');

/** Decodes a cursor to an id. Throws 400 `invalid_cursor`. */
export function decodeCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  if (hex.length !== 32 || encodeCursor(hex) !== cursor) {
    throw invalidCursor();
  }
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const invalidCursor = (): BadRequest =>
  new BadRequest('invalid_cursor', 'This cursor did not come from a page of this list.');
