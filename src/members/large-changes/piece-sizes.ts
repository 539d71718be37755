import { Injectable } from '@nestjs/common';

/** How many members one transaction changes. */
@Injectable()
export class PieceSizes {
  /** In the transaction of the call itself: small enough to hold its locks for less than a second. */
  most = 1_000;
  /** In each piece that follows. */
  piece = 250;
}
