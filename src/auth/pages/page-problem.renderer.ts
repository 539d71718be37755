import type { FastifyRequest } from 'fastify';
import { type HtmlPage, renderPage } from '../../http/html-page';
import type { ProblemRenderer } from '../../http/problem.filter';
import type { Problem } from '../../http/problems';
import { signInProblemRenderer } from '../browser/refusal-page';
import { emailPage, PAGES, passwordPage, signedOutPage } from './pages';
import { codeAgainPage } from './second-factor-pages';

/** Errors of the pages, as pages: a form that was refused comes back with what was typed, except the password. */
export const pageProblemRenderer: ProblemRenderer = {
  render(problem, request) {
    const page = pageFor(problem, request);
    if (!page) return signInProblemRenderer.render(problem, request);
    const { text, headers } = renderPage(page);
    return { contentType: 'text/html; charset=utf-8', body: text, headers };
  },
};

function pageFor(problem: Problem, request: FastifyRequest): HtmlPage | undefined {
  const path = request.url.split('?')[0];
  if (request.method === 'POST' && problem.status < 500) {
    const typed = { email: typedEmail(request), error: problem.detail };
    if (path === PAGES.signIn) return emailPage(typed);
    if (path === PAGES.password) return passwordPage(typed);
    if (path === PAGES.secondFactor) return secondStepAgain(problem, request);
  }
  return problem.status === 401 ? signedOutPage() : undefined;
}

/** The code once more, or from the beginning when the sign-in is over. */
function secondStepAgain({ code, detail }: Problem, { body }: FastifyRequest): HtmlPage {
  const { mfaToken, factorId } = (body ?? {}) as { mfaToken?: unknown; factorId?: unknown };
  const known = typeof mfaToken === 'string' && typeof factorId === 'string';
  return known && ['invalid_code', 'rate_limited', 'validation_failed'].includes(code)
    ? codeAgainPage(mfaToken, factorId, detail)
    : passwordPage({ error: detail });
}

function typedEmail({ body }: FastifyRequest): string | undefined {
  const { email } = (body ?? {}) as { email?: unknown };
  return typeof email === 'string' ? email.slice(0, 254) : undefined;
}
