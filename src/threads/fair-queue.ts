/**
 * A bounded queue that serves its owners in turn, so that an entry waits for at most one entry of each other owner,
 * however many these have queued.
 */
export class FairQueue<Entry> {
  private readonly waiting = new Map<string, Entry[]>();
  private length = 0;

  constructor(private readonly limits: { readonly total: number; readonly perOwner: number }) {}

  /** Whether there was room. */
  offer(owner: string, entry: Entry): boolean {
    const own = this.waiting.get(owner) ?? [];
    if (this.length >= this.limits.total || own.length >= this.limits.perOwner) return false;
    own.push(entry);
    this.waiting.set(owner, own);
    this.length += 1;
    return true;
  }

  /** The next entry; its owner goes to the end of the line. */
  take(): Entry | undefined {
    const [turn] = this.waiting;
    if (!turn) return undefined;
    const [owner, own] = turn;
    const entry = own.shift();
    this.waiting.delete(owner);
    if (own.length > 0) this.waiting.set(owner, own);
    this.length -= 1;
    return entry;
  }
}
