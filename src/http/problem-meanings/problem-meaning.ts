/** What a code tells whoever meets it in a client: docs/problems.md is written from it. */
export interface ProblemMeaning {
  /** When it is answered. */
  readonly when: string;
  /** What the reader can do. */
  readonly act: string;
}
