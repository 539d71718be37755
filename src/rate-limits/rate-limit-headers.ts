import type { Taken } from './budget';

/** The headers of draft-ietf-httpapi-ratelimit-headers: each policy, and what is left of it. */
export function rateLimitHeaders(taken: readonly Taken[]): Record<string, string> {
  return {
    'ratelimit-policy': taken
      .map(({ policy: { name, quota, windowSeconds } }) => `"${name}";q=${quota};w=${windowSeconds}`)
      .join(', '),
    ratelimit: taken
      .map(({ policy: { name }, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
  };
}
