import { Conflict } from '../http/problems';

/** The settings of either protocol, as far as there are any. */
interface Known {
  readonly saml?: object | null | undefined;
  readonly oidc?: object | null | undefined;
}

/** Whether the identity provider was described yet. Ours is there before: many providers ask for it first. */
export function isComplete({ saml, oidc }: Known): boolean {
  return Boolean(saml ?? oidc);
}

/** Throws 409 `connection_incomplete` for a connection that nobody could sign in by. */
export function refuseIncomplete(known: Known): void {
  if (isComplete(known)) return;
  throw new Conflict(
    'connection_incomplete',
    'Nothing is known of the identity provider yet. Describe it first: with PATCH, or on the page of a setup link.',
  );
}
