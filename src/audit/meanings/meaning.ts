/** What an event tells, for people who read the log: docs/audit-events.md is written from it. */
export interface Meaning {
  readonly says: string;
  /** Of its data, as it might be. */
  readonly example: Readonly<Record<string, unknown>>;
}
