/** How many people one call invites. */
export const MOST_INVITED_AT_ONCE = 200;

/** The result for one row of a list of invitations. */
export interface RowOutcome {
  readonly index: number;
  readonly email: string | null;
  readonly id: string | null;
  readonly refusal: { readonly code: string; readonly detail: string } | null;
}
