import { Injectable } from '@nestjs/common';
import { CredentialsAtOnce, type LiveCredential } from '../directories/credentials-at-once.service';
import { Holds } from '../guard/holds.service';

/** What ends with a directory besides its people: its credentials, and what it wants that waits for an admin. */
@Injectable()
export class DirectoryEnd {
  constructor(
    private readonly credentials: CredentialsAtOnce,
    private readonly holds: Holds,
  ) {}

  /** Answers which credentials ended. */
  async end(): Promise<LiveCredential[]> {
    await this.holds.endOpen('directory_switched_off');
    return this.credentials.end();
  }

  /** Those credentials that ended at that moment work again. What waited does not: the directory will say so again. */
  bringBack(ids: readonly string[], endedAt: Date): Promise<LiveCredential[]> {
    return this.credentials.bringBack(ids, endedAt);
  }
}
