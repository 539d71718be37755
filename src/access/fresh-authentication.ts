import { Problem } from '../http/problems';

const MOST_SECONDS = 10 * 60;

/**
 * For what cannot be undone, and for what decides how somebody signs in from now on: a session left open must not be
 * enough. Throws 401
 * `reauthentication_required` with the challenge of RFC 9470 section 3 when the person proved who they are too long
 * ago.
 */
export function requireFreshAuthentication({ authenticatedAt }: { authenticatedAt: Date }): void {
  if (Date.now() - authenticatedAt.getTime() <= MOST_SECONDS * 1000) return;
  throw new Problem(
    401,
    'reauthentication_required',
    'Sign in again: this needs a sign-in of a moment ago.',
    {
      headers: {
        'www-authenticate': `Bearer realm="gatehouse", error="insufficient_user_authentication", error_description="reauthentication_required", max_age="${MOST_SECONDS}"`,
      },
    },
  );
}
