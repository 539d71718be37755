import { ProblemFilter, type ProblemRenderer } from '../../http/problem.filter';
import type { Problem } from '../../http/problems';
import { PushRefusal } from './protocol/push-refusal';

/** The routes of this room; no browser ever sees them. */
export const REVOCATION_ROUTE = /^\/sso\/(oidc|saml)\/:id\/global-token-revocation$/;
export const EVENTS_ROUTE = /^\/sso\/(oidc|saml)\/:id\/events$/;

export const SIGNAL_ROUTE = /^\/sso\/(oidc|saml)\/:id\/(global-token-revocation|events)$/;

export const revocationProblemRenderer: ProblemRenderer = {
  render: (problem, request) => new ProblemFilter().render(problem, request),
};

/** RFC 8935 section 2.3. */
export const pushProblemRenderer: ProblemRenderer = {
  render: (problem) => ({
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({ err: errorOf(problem), description: problem.detail }),
  }),
};

function errorOf(problem: Problem): string {
  if (problem instanceof PushRefusal) return problem.err;
  return problem.status === 404 ? 'access_denied' : 'invalid_request';
}
