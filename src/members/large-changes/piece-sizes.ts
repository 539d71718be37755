import { Injectable } from '@nestjs/common';

/** How many members are changed at once. */
@Injectable()
export class PieceSizes {
  /** In the transaction of the call itself: what it locks is free again within a second. */
  most = 1_000;
  /** In one piece of what goes on after the call. */
  piece = 250;
}
