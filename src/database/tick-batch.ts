/**
 * Gathers look-ups into shared round trips. One that finds nothing under way leaves at once, with whatever the same
 * turn wanted; while others are away, those of a whole turn of the event loop gather. Equal keys share one place, at
 * most two batches are under way at once, and what arrives meanwhile rides with the next one. Nothing is remembered
 * between batches: every answer is as fresh as a query of its own.
 */
export class TickBatch<Key, Value> {
  private waiting = new Map<string, { key: Key; settle: Settle<Value>[] }>();
  private scheduled = false;
  private underway = 0;

  /**
   * @param nameOf a text that is equal for equal keys
   * @param load one round trip: answers a value, or undefined, for each key in order
   */
  constructor(
    private readonly nameOf: (key: Key) => string,
    private readonly load: (keys: Key[]) => Promise<(Value | undefined)[]>,
    private readonly mostUnderway = 2,
    private readonly mostPerBatch = 128,
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
    if (this.scheduled || this.underway >= this.mostUnderway) return;
    this.scheduled = true;
    const leave = (): void => {
      this.scheduled = false;
      void this.flush();
    };
    // With nothing under way nobody is worth waiting for: what arrives meanwhile makes up the next batch.
    if (this.underway === 0) queueMicrotask(leave);
    else setImmediate(leave);
  }

  private async flush(): Promise<void> {
    const batch = [...this.waiting.entries()].slice(0, this.mostPerBatch);
    if (batch.length === 0) return;
    for (const [name] of batch) this.waiting.delete(name);
    if (this.waiting.size > 0) this.schedule();
    this.underway += 1;
    try {
      const values = await this.load(batch.map(([, { key }]) => key));
      batch.forEach(([, { settle }], index) => settle.forEach(({ resolve }) => resolve(values[index])));
    } catch (failure) {
      batch.forEach(([, { settle }]) => settle.forEach(({ reject }) => reject(failure as Error)));
    } finally {
      this.underway -= 1;
      if (this.waiting.size > 0) this.schedule();
    }
  }
}

interface Settle<Value> {
  resolve(value: Value | undefined): void;
  reject(failure: Error): void;
}
