import { Injectable } from '@nestjs/common';
import type { KeysetPage, PageRequest, Position } from '../../database/keyset-page';
import { resolveName } from '../protocol/attribute-name';
import { compileFilter } from '../protocol/filter-sql';
import { listResponse, type ListResponse } from '../protocol/paging';
import type { Projection } from '../protocol/projection';
import type { AttributeName, ResourceSchema, Target } from '../protocol/schema';
import type { ScimObject } from '../protocol/scim-value';
import { compileSort } from '../protocol/sort-sql';
import type { SqlAttributes } from '../protocol/sql-attributes';
import type { Resolve } from '../protocol/typed-filter';
import type { ResourceQuery } from '../resource-type';
import { Bookmarks } from './bookmarks';
import { ListCursors } from './list-cursors';
import { ListIdentity } from './list-identity';

/** How a resource type is listed. */
export interface Listing<Row> {
  readonly name: string;
  readonly schema: ResourceSchema;
  readonly attributes: SqlAttributes;
  /** Names that only filters know. */
  readonly resolve?: (name: AttributeName) => Target | undefined;
  /** With at least what the projection asks for. */
  read(request: PageRequest, projection: Projection): Promise<KeysetPage<Row>>;
  /** All of a page at once, with at least what the projection asks for. */
  write(rows: readonly Row[], projection: Projection): Promise<ScimObject[]> | ScimObject[];
}

/** Behind everybody, in the order of age. */
const END: Position = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** Lists resources of whatever type (RFC 7644 section 3.4.2): filtered, sorted, by index or by cursor (RFC 9865). */
@Injectable()
export class ResourceLister {
  constructor(
    private readonly cursors: ListCursors,
    private readonly bookmarks: Bookmarks,
  ) {}

  /** Throws invalidFilter, invalidValue for a sortBy without order, invalidCursor and expiredCursor. */
  list<Row>(listing: Listing<Row>, query: ResourceQuery): Promise<ListResponse<ScimObject>> {
    const list = ListIdentity.of(listing.name, query);
    const request = requestOf(listing, query);
    return query.page.cursor === undefined
      ? this.byIndex(listing, list, request, query)
      : this.byCursor(listing, list, request, query);
  }

  private async byIndex<Row>(
    listing: Listing<Row>,
    list: ListIdentity,
    request: Omit<PageRequest, 'start'>,
    { page: { startIndex }, projection }: ResourceQuery,
  ): Promise<ListResponse<ScimObject>> {
    const bookmark = startIndex > 1 ? this.bookmarks.find(list, startIndex) : undefined;
    const start = bookmark ? { after: bookmark } : { offset: startIndex - 1 };
    const page = await listing.read({ ...request, start }, projection);
    if (page.last && page.more) this.bookmarks.put(list, startIndex + page.rows.length, page.last);
    return listResponse(await listing.write(page.rows, projection), { startIndex }, page.total);
  }

  private async byCursor<Row>(
    listing: Listing<Row>,
    list: ListIdentity,
    request: Omit<PageRequest, 'start'>,
    { page: { cursor = '', fromEnd = false }, projection }: ResourceQuery,
  ): Promise<ListResponse<ScimObject>> {
    const start = fromEnd ? { before: END } : cursor === '' ? { offset: 0 } : this.cursors.open(list, cursor);
    const page = await listing.read({ ...request, start }, projection);
    const backwards = 'before' in start;
    // On an empty page both ways lead on from where it was looked for.
    const here = 'after' in start ? start.after : backwards && !fromEnd ? start.before : undefined;
    const [first, last] = [page.first ?? here, page.last ?? here];
    const hasNext = backwards ? !fromEnd : page.more;
    const hasPrevious = backwards ? page.more : cursor !== '';
    return listResponse(
      await listing.write(page.rows, projection),
      {
        ...(hasNext && last && { nextCursor: this.cursors.seal(list, 'after', last) }),
        ...(hasPrevious && first && { previousCursor: this.cursors.seal(list, 'before', first) }),
      },
      page.total,
    );
  }
}

function requestOf<Row>(listing: Listing<Row>, query: ResourceQuery): Omit<PageRequest, 'start'> {
  const { schema, attributes } = listing;
  const { filter, sortBy, sortOrder, page, alongside = [] } = query;
  const isElsewhere = (name: AttributeName) => alongside.some((other) => other.resolve(name) !== undefined);
  const resolve: Resolve = (name) =>
    schema.resolve(name) ?? listing.resolve?.(name) ?? (isElsewhere(name) ? 'elsewhere' : undefined);
  const condition = filter === undefined ? undefined : compileFilter(filter, resolve, attributes);
  const order =
    sortBy === undefined
      ? undefined
      : compileSort(sortBy, sortOrder === 'descending', schema, attributes, (name) =>
          alongside.some((other) => resolveName(other, name) !== undefined),
        );
  return { ...(condition && { condition }), ...(order && { order }), limit: page.count };
}
