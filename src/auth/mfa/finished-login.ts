/** What a sign-in with a second factor leaves with. */
export interface FinishedLogin<Opened> {
  readonly opened: Opened;
  /** Of a first factor that was set up on the way. */
  readonly recoveryCodes: string[] | undefined;
}
