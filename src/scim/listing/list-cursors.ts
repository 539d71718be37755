import { Injectable } from '@nestjs/common';
import { Keyring } from '../../crypto/keyring';
import type { Position } from '../../database/keyset-page';
import { CURSOR_SECONDS } from '../protocol/discovery';
import { badRequest } from '../protocol/errors';
import type { ListIdentity } from './list-identity';

const CONTEXT = 'scim cursor';

/** Where a page begins: behind a position, or in front of it. */
export type CursorStart = { readonly after: Position } | { readonly before: Position };

interface Sealed {
  readonly list: string;
  readonly until: number;
  readonly way: 'after' | 'before';
  readonly position: Position;
}

/**
 * Cursors of RFC 9865: positions, sealed, so that nobody can read or make one. A cursor belongs to the workspace, the
 * token and the very query that it came from.
 */
@Injectable()
export class ListCursors {
  constructor(private readonly keyring: Keyring) {}

  seal(list: ListIdentity, way: 'after' | 'before', position: Position): string {
    const sealed: Sealed = { list: list.text, until: Date.now() + CURSOR_SECONDS * 1_000, way, position };
    return this.keyring.seal(JSON.stringify(sealed), CONTEXT);
  }

  /** Throws invalidCursor for what is no cursor of this list, and expiredCursor. */
  open(list: ListIdentity, cursor: string): CursorStart {
    const { list: of, until, way, position } = this.opened(cursor);
    if (of !== list.text) {
      throw badRequest('invalidCursor', 'This cursor belongs to another query. An empty one starts anew.');
    }
    if (until < Date.now()) {
      throw badRequest('expiredCursor', 'This cursor has expired. An empty one starts anew.');
    }
    return way === 'after' ? { after: position } : { before: position };
  }

  private opened(cursor: string): Sealed {
    try {
      return JSON.parse(this.keyring.open(cursor, CONTEXT).toString()) as Sealed;
    } catch {
      throw badRequest('invalidCursor', 'This is no cursor of this server. An empty one starts anew.');
    }
  }
}
