/** Turns of the event loop without a new look-up after which a batch leaves. A turn is short. */
const QUIET_TURNS = 2;
/** Turns after which a batch leaves in any case. */
const MOST_TURNS = 20;

/**
 * Gathers look-ups that arrive in successive turns of the event loop into batches, one round trip each. Under load
 * each turn reads only a few requests, and a small batch costs nearly as much as a large one, so a batch waits for
 * QUIET_TURNS turns without a new look-up. Without load (one look-up, after a batch of one) it leaves at the end of
 * the turn. Equal keys share one place in a batch. At most `mostUnderway` batches are under way; look-ups that arrive
 * meanwhile go with the next. Nothing is cached, so each answer is as fresh as a query of its own.
 */
export class TickBatch<Key, Value> {
  private waiting = new Map<string, Place<Key, Value>>();
  /** Look-ups since the last batch left, including those with equal keys. */
  private arrived = 0;
  private arrivedLast = 0;
  private turns = 0;
  private quietTurns = 0;
  private arrivedBefore = 0;
  private scheduled = false;
  private underway = 0;

  /**
   * @param nameOf maps equal keys to equal texts
   * @param load one round trip: returns the value of each key in order, undefined where there is none
   * @param enough look-ups after which a batch leaves at once, so that PostgreSQL works while the turn goes on
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
    // Waits also when no batch is under way: a batch of one would cost as much as the batch of all.
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

  /** Removes the oldest waiting look-ups, at most `mostPerBatch`, and returns them. */
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
