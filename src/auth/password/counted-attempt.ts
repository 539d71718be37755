import type { Database } from '../../database/database';
import { GIVE_BACK } from './login-counters';

/** An attempt to sign in that stands among the failures until it is taken back. */
export class CountedAttempt {
  private isTakenBack: boolean;

  /** `counters` are the keys it was counted under, in the order in which they are locked. */
  constructor(
    private readonly database: Database,
    private readonly counters: readonly Buffer[],
  ) {
    this.isTakenBack = counters.length === 0;
  }

  /**
   * It was right, should the transaction in flight be committed, and is taken back by that very COMMIT, which saves one
   * of its own. As the last statement: all who sign in from one network wait for each other's counter.
   */
  isRightAtCommit(): void {
    if (this.isTakenBack) return;
    this.database.beforeCommit(this, () => [{ statement: GIVE_BACK, parameters: [this.counters, true] }]);
    this.database.afterCommit(async () => {
      this.isTakenBack = true;
    });
  }

  /** Once, and not if that has happened already. */
  async takeBack(signedIn: boolean): Promise<void> {
    if (this.isTakenBack) return;
    this.isTakenBack = true;
    await this.database.lookUp(GIVE_BACK.name, GIVE_BACK.text, [this.counters, signedIn]);
  }
}
