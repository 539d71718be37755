import { Injectable } from '@nestjs/common';
import type { Position } from '../../database/keyset-page';
import type { ListIdentity } from './list-identity';

interface Bookmark {
  readonly startIndex: number;
  readonly position: Position;
  readonly until: number;
}

const KEPT = 10_000;
const KEPT_MS = 300_000;

/**
 * Where the page before ended, for whoever reads a list page after page by startIndex: the next page then begins at a
 * position and neither skips nor repeats anybody when others come or go meanwhile. Without a bookmark the page is
 * found by counting. One for each list, in this process only.
 */
@Injectable()
export class Bookmarks {
  private readonly bookmarks = new Map<string, Bookmark>();

  /** The position behind which the page with this index begins. */
  find(list: ListIdentity, startIndex: number): Position | undefined {
    const bookmark = this.bookmarks.get(list.text);
    if (!bookmark || bookmark.startIndex !== startIndex || bookmark.until < Date.now()) return undefined;
    return bookmark.position;
  }

  put(list: ListIdentity, startIndex: number, position: Position): void {
    this.bookmarks.delete(list.text); // so that those in use are not the oldest
    this.bookmarks.set(list.text, { startIndex, position, until: Date.now() + KEPT_MS });
    const [oldest] = this.bookmarks.keys();
    if (this.bookmarks.size > KEPT && oldest !== undefined) this.bookmarks.delete(oldest);
  }
}
