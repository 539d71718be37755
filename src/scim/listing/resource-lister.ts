import { Injectable } from '@nestjs/common';
import type { KeysetPage, PageRequest, Position } from '../../database/keyset-page';
import { listResponse, type ListResponse, type Page } from '../protocol/paging';
import type { ScimObject } from '../protocol/scim-value';
import type { ResourceQuery } from '../resource-query';
import { Bookmarks } from './bookmarks';
import { ListCursors } from './list-cursors';
import { ListIdentity } from './list-identity';
import { type Listing, requestOf } from './listing';

/** A list as pages are read of it, each from where it starts. */
export interface Pages<Row> {
  read(start: PageRequest['start']): Promise<KeysetPage<Row>>;
  /** All of a page at once. */
  write(rows: readonly Row[]): Promise<ScimObject[]> | ScimObject[];
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
    const request = requestOf(listing, query);
    const pages: Pages<Row> = {
      read: (start) => listing.read({ ...request, start }, query.projection),
      write: (rows) => listing.write(rows, query.projection),
    };
    return this.page(pages, ListIdentity.of(listing.name, query), query.page);
  }

  /** A page of whatever list. Throws invalidCursor and expiredCursor. */
  page<Row>(pages: Pages<Row>, list: ListIdentity, page: Page): Promise<ListResponse<ScimObject>> {
    return page.cursor === undefined ? this.byIndex(pages, list, page) : this.byCursor(pages, list, page);
  }

  private async byIndex<Row>(
    pages: Pages<Row>,
    list: ListIdentity,
    { startIndex }: Page,
  ): Promise<ListResponse<ScimObject>> {
    const bookmark = startIndex > 1 ? this.bookmarks.find(list, startIndex) : undefined;
    const page = await pages.read(bookmark ? { after: bookmark } : { offset: startIndex - 1 });
    if (page.last && page.more) this.bookmarks.put(list, startIndex + page.rows.length, page.last);
    return listResponse(await pages.write(page.rows), { startIndex }, page.total);
  }

  private async byCursor<Row>(
    pages: Pages<Row>,
    list: ListIdentity,
    { cursor = '', fromEnd = false }: Page,
  ): Promise<ListResponse<ScimObject>> {
    const start = fromEnd ? { before: END } : cursor === '' ? { offset: 0 } : this.cursors.open(list, cursor);
    const page = await pages.read(start);
    const backwards = 'before' in start;
    // On an empty page both ways lead on from where it was looked for.
    const here = 'after' in start ? start.after : backwards && !fromEnd ? start.before : undefined;
    const [first, last] = [page.first ?? here, page.last ?? here];
    const hasNext = backwards ? !fromEnd : page.more;
    const hasPrevious = backwards ? page.more : cursor !== '';
    return listResponse(
      await pages.write(page.rows),
      {
        ...(hasNext && last && { nextCursor: this.cursors.seal(list, 'after', last) }),
        ...(hasPrevious && first && { previousCursor: this.cursors.seal(list, 'before', first) }),
      },
      page.total,
    );
  }
}
