/** Explains a problem code to the developer of a client. docs/problems.md is generated from it. */
export interface ProblemMeaning {
  /** When the code is returned. */
  readonly when: string;
  /** What the developer can do about it. */
  readonly act: string;
}
