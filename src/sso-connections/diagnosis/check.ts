/** One row of the verdict on a sign-in, made to be read by whoever set the connection up. */
export interface Check {
  /** Which check it is: stable, snake_case, unique within one verdict. */
  readonly id: string;
  /** The code a sign-in is refused with when this is the first check that fails. */
  readonly code: string;
  readonly ok: boolean;
  readonly received: string | null;
  readonly expected: string;
}
