/**
 * Gathers look-ups into shared round trips: those of one turn of the event loop leave together at its end, with nothing
 * else to wait for. Equal keys share one place, at most two batches are under way at once, and what arrives meanwhile
 * rides with the next one. Nothing is remembered between batches: every answer is as fresh as a query of its own.
 */
export class TickBatch<Key, Value> {
  private waiting = new Map<string, Place<Key, Value>>();
  private scheduled = false;
  private underway = 0;

  /**
   * @param nameOf a text that is equal for equal keys
   * @param load one round trip: answers a value, or undefined, for each key in order
   * @param enough so many do not wait for the end of the turn: the other side is at them while the turn goes on
   */
  constructor(
    private readonly nameOf: (key: Key) => string,
    private readonly load: (keys: Key[]) => Promise<(Value | undefined)[]>,
    private readonly mostUnderway = 2,
    private readonly mostPerBatch = 128,
    private readonly enough = mostPerBatch,
  ) {}

  find(key: Key): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      const name = this.nameOf(key);
      const place = this.waiting.get(name);
      if (place) place.settle.push({ resolve, reject });
      else this.waiting.set(name, { key, settle: [{ resolve, reject }] });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.underway >= this.mostUnderway) return;
    if (this.waiting.size >= this.enough) return void this.flush();
    if (this.scheduled) return;
    this.scheduled = true;
    // Also with nothing under way: one that left before the others of its turn would cost as much as all of them, and
    // whoever comes alone waits for nobody.
    setImmediate(this.leave);
  }

  private readonly leave = (): void => {
    this.scheduled = false;
    if (this.underway < this.mostUnderway) void this.flush();
  };

  private async flush(): Promise<void> {
    const batch = this.take();
    if (batch.length === 0) return;
    this.underway += 1;
    if (this.waiting.size > 0) this.schedule();
    try {
      const values = await this.load(batch.map(({ key }) => key));
      batch.forEach(({ settle }, index) => settle.forEach(({ resolve }) => resolve(values[index])));
    } catch (failure) {
      batch.forEach(({ settle }) => settle.forEach(({ reject }) => reject(failure as Error)));
    } finally {
      this.underway -= 1;
      if (this.waiting.size > 0) this.schedule();
    }
  }

  /** Whoever waits, oldest first, as many as one batch holds. */
  private take(): Place<Key, Value>[] {
    const { waiting } = this;
    if (waiting.size <= this.mostPerBatch) {
      this.waiting = new Map();
      return [...waiting.values()];
    }
    const some = [...waiting].slice(0, this.mostPerBatch);
    for (const [name] of some) waiting.delete(name);
    return some.map(([, place]) => place);
  }
}

interface Place<Key, Value> {
  readonly key: Key;
  readonly settle: Settle<Value>[];
}

interface Settle<Value> {
  resolve(value: Value | undefined): void;
  reject(failure: Error): void;
}
