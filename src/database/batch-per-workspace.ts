import type { TickBatch } from './tick-batch';

interface Line<Key, Value> {
  readonly batch: TickBatch<Key, Value>;
  waiting: number;
}

/** One TickBatch per workspace, removed as soon as no caller waits in it. */
export class BatchPerWorkspace<Key, Value> {
  private readonly lines = new Map<string, Line<Key, Value>>();

  constructor(private readonly make: (workspaceId: string) => TickBatch<Key, Value>) {}

  /** Number of workspaces with waiting callers. */
  get size(): number {
    return this.lines.size;
  }

  async find(workspaceId: string, key: Key): Promise<Value | undefined> {
    const line = this.lineOf(workspaceId);
    line.waiting += 1;
    try {
      return await line.batch.find(key);
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.lines.delete(workspaceId);
    }
  }

  private lineOf(workspaceId: string): Line<Key, Value> {
    const known = this.lines.get(workspaceId);
    if (known) return known;
    const line = { batch: this.make(workspaceId), waiting: 0 };
    this.lines.set(workspaceId, line);
    return line;
  }
}
