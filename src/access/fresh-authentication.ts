import { Problem } from '../http/problems';
import { requestContext } from '../http/request-context';

/**
 * Step-up authentication (RFC 9470) for actions that cannot be undone, that create a lasting credential or that change
 * how somebody signs in: somebody else at an unlocked computer must not get through with the session alone. Throws 401
 * `reauthentication_required` with the challenge of section 3 when `authenticatedAt` is more than `freshSeconds` ago.
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
