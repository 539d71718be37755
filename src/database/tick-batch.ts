/** A batch leaves once so many turns of the event loop in a row have brought nobody: none of them takes long. */
const QUIET_TURNS = 2;
/** And after so many in any case. */
const MOST_TURNS = 20;

/**
 * Gathers look-ups into shared round trips: those that arrive turn after turn of the event loop leave together. Where
 * requests are many, each turn reads a few of them, and a batch of a few costs nearly as much as one of all. Whoever is
 * alone after somebody who was alone waits for the end of the turn only. Equal keys share one place, at most two batches
 * are under way at once, and what arrives meanwhile rides with the next one. Nothing is remembered between batches: every
 * answer is as fresh as a query of its own.
 */
export class TickBatch<Key, Value> {
  private waiting = new Map<string, Place<Key, Value>>();
  /** Who asks since the last batch left, whether for something new or not. */
  private arrived = 0;
  private arrivedLast = 0;
  private turns = 0;
  private quietTurns = 0;
  private arrivedBefore = 0;
  private scheduled = false;
  private underway = 0;

  /**
   * @param nameOf a text that is equal for equal keys
   * @param load one round trip: answers a value, or undefined, for each key in order
   * @param enough so many wait for nobody else: the other side is at them while the turn goes on
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
      this.arrived += 1;
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.underway >= this.mostUnderway) return;
    if (this.arrived >= this.enough) return void this.flush();
    if (this.scheduled) return;
    this.scheduled = true;
    this.turns = 0;
    this.quietTurns = 0;
    this.arrivedBefore = 0;
    // Also with nothing under way: one that left before the others would cost as much as all of them.
    setImmediate(this.endTurn);
  }

  private readonly endTurn = (): void => {
    this.turns += 1;
    this.quietTurns = this.arrived > this.arrivedBefore ? 0 : this.quietTurns + 1;
    this.arrivedBefore = this.arrived;
    const isAlone = this.arrived <= 1 && this.arrivedLast <= 1;
    const isComplete = isAlone || this.quietTurns >= QUIET_TURNS || this.turns >= MOST_TURNS;
    if (this.waiting.size > 0 && !isComplete) return void setImmediate(this.endTurn);
    this.scheduled = false;
    if (this.waiting.size > 0 && this.underway < this.mostUnderway) void this.flush();
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
    this.arrivedLast = this.arrived;
    this.arrivedBefore = 0;
    if (waiting.size <= this.mostPerBatch) {
      this.waiting = new Map();
      this.arrived = 0;
      return [...waiting.values()];
    }
    const some = [...waiting].slice(0, this.mostPerBatch);
    for (const [name] of some) waiting.delete(name);
    this.arrived = waiting.size;
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
