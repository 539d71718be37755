import { Problem } from '../http/problems';
import { requestContext } from '../http/request-context';

/**
 * For what cannot be undone, what opens a lasting way in, and what decides how somebody signs in from now on: a session
 * left open must not be enough. Throws 401 `reauthentication_required` with the challenge of RFC 9470 section 3 when
 * the person proved who they are longer ago than the policy of the workspace allows.
 */
export function requireFreshAuthentication({
  authenticatedAt,
  freshSeconds,
}: {
  authenticatedAt: Date;
  freshSeconds: number;
}): void {
  const context = requestContext.current();
  if (context) context.neededProof = true;
  if (Date.now() - authenticatedAt.getTime() <= freshSeconds * 1000) return;
  throw new Problem(
    401,
    'reauthentication_required',
    'Prove who you are again, at POST /v1/auth/reauthenticate or by a new sign-in: this needs one of a moment ago.',
    {
      headers: {
        'www-authenticate': `Bearer realm="gatehouse", error="insufficient_user_authentication", error_description="reauthentication_required", max_age="${freshSeconds}"`,
      },
    },
  );
}
