/** The description of an event type for readers of the log. docs/audit-events.md is generated from it. */
export interface Meaning {
  readonly says: string;
  /** An example of the event's data. */
  readonly example: Readonly<Record<string, unknown>>;
}
