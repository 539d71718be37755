import { renderPage } from '../../http/html-page';
import type { ProblemRenderer } from '../../http/problem.filter';
import { signInProblemRenderer } from '../browser/refusal-page';
import { invitationRetryPage } from './invitation-pages';

/** A form that only needs another password comes back; a link that is worth nothing is refused on a page. */
export const invitationProblemRenderer: ProblemRenderer = {
  render(problem, request) {
    const { token } = (request.body ?? {}) as { token?: unknown };
    const canRetry = problem.code === 'validation_failed' || problem.code.startsWith('password_');
    if (request.method !== 'POST' || !canRetry || typeof token !== 'string') {
      return signInProblemRenderer.render(problem, request);
    }
    const [first] = problem.extra.errors ?? [];
    const error = typeof first === 'object' ? first.message : problem.detail;
    const { text, headers } = renderPage(invitationRetryPage(token.slice(0, 256), error));
    return { contentType: 'text/html; charset=utf-8', body: text, headers };
  },
};
