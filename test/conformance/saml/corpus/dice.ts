/** Random numbers that can be had again (mulberry32): a failure names its seed and nothing else is needed. */
export class Dice {
  constructor(private state: number) {}

  /** 0 … sides - 1 */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.roll(list.length)];
    if (picked === undefined) throw new Error('There is nothing to pick from.');
    return picked;
  }

  /** An id as messages carry it. */
  id(): string {
    return `_${Array.from({ length: 32 }, () => this.roll(16).toString(16)).join('')}`;
  }
}
