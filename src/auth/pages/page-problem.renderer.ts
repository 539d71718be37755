import type { FastifyRequest } from 'fastify';
import { type HtmlPage, renderPage } from '../../http/html-page';
import type { ProblemRenderer } from '../../http/problem.filter';
import { leadsNowhere } from '../../http/problem-of';
import { type Problem, reasonsOf } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import { consoleDestination, destinationIn } from '../browser/destination';
import { renderRefusal, signInProblemRenderer } from '../browser/refusal-page';
import { forgotPage, resetPage } from '../password/change/password-pages';
import { deedAgain } from './forms/deed-again';
import { type FormAgain, formAgain, type SentForm } from './forms/form-again';
import { detailOnPages, saidAtTheDoor } from './forms/refused-fields';
import { inWordsOfPages } from './forms/words-of-pages';
import {
  type Again,
  emailPage,
  enforcedPage,
  PAGES,
  passwordPage,
  signedOutPage,
  signInAgainPage,
  type Typed,
} from './pages';
import { RefusedOnPage } from './refused-on-page';
import { answerAgainPage, messageAgainPage, phoneAgainPage } from './second-factor-pages';
import { ENFORCED, SECTIONS } from './sections';

/** Errors of the pages, as pages: a form that was refused comes back with what was typed, except the password. */
export const pageProblemRenderer: ProblemRenderer = {
  render(problem, request) {
    const page = pageFor(problem, request);
    if (!page) return signInProblemRenderer.render(problem, request);
    const { text, headers } = renderPage(page);
    return { contentType: 'text/html; charset=utf-8', body: text, headers };
  },
};

/** Sent once more as it is or otherwise, the form may do. */
const mayGoBetter = ({ status, code }: Problem): boolean => status < 500 || code === 'sms_not_sent';

function pageFor(thrown: Problem, request: FastifyRequest): HtmlPage | undefined {
  if (thrown instanceof RefusedOnPage) return thrown.page;
  const problem = inWordsOfPages(thrown);
  const path = request.url.split('?')[0];
  if (request.method === 'POST' && mayGoBetter(problem)) {
    const typed = {
      email: typedEmail(request),
      error: saidAtTheDoor(problem),
      destination: destinationIn(request.body),
    };
    if (path === PAGES.signIn) return emailPage(typed);
    if (path === PAGES.password) return passwordAgain(problem, typed);
    if (path === PAGES.forgot) return forgotPage(typed);
    if (path === PAGES.reset) return resetAgain(problem, typed, request);
    if (path === PAGES.passkey) return emailPage(typed);
    if (path?.startsWith(PAGES.secondFactor)) return secondStepAgain(problem, request, path);
  }
  if (problem.code === 'reauthentication_required') return signInAgainPage(askedFor(problem, request));
  if (problem.status === 401 && request.url === `${SECTIONS.settings.path}?done=${ENFORCED}`)
    return enforcedPage();
  if (problem.status === 401)
    return signedOutPage({
      again: comesFromOurPage(request) ? askedFor(problem, request) : undefined,
      destination: request.method === 'GET' ? consoleDestination(request.url) : undefined,
    });
  return path?.startsWith(PAGES.console) ? refusedInConsole(problem, request, path) : undefined;
}

/** The form that was sent, with what was typed into it, or the deed that was asked for by a button alone. */
function askedFor(problem: Problem, request: FastifyRequest): Again | undefined {
  const sent = sentByOurPage(problem, request);
  return typedIn(problem, request) ?? (sent && deedAgain(sent));
}

function typedIn(problem: Problem, request: FastifyRequest): FormAgain | undefined {
  const sent = sentByOurPage(problem, request);
  return sent && formAgain(problem, sent);
}

/**
 * What was sent. What somebody else's page made a browser send must not stand on ours: a press of its button would do
 * what the other page could not.
 */
function sentByOurPage(problem: Problem, { method, url, body, query }: FastifyRequest): SentForm | undefined {
  if (problem.code === 'foreign_origin') return undefined;
  const [path = '', typed = ''] = url.split('?');
  // Whoever only opened a page typed nothing.
  if (method === 'GET' && typed === '') return undefined;
  return { method, path, values: method === 'GET' ? query : body };
}

/** Says the browser of it, in a header that pages cannot write: whoever is not signed in was not asked for an origin. */
const comesFromOurPage = ({ headers }: FastifyRequest): boolean =>
  headers['sec-fetch-site'] === 'same-origin';

/** Somebody who is signed in may not do this, or not any more. */
function refusedInConsole(problem: Problem, request: FastifyRequest, path: string): HtmlPage {
  const { status, code } = problem;
  const nowhere = leadsNowhere(problem);
  const again = mayGoBetter(problem) && !nowhere ? typedIn(problem, request) : undefined;
  return renderRefusal({
    ...{ status, code, requestId: requestContext.current()?.requestId ?? request.id },
    ...(again ?? { detail: detailOnPages(problem), reasons: reasonsOf(problem) }),
    title: nowhere ? 'There is nothing here' : 'This did not work',
    next: problem.extra.next,
    back: backFrom(path, status),
  });
}

/** To the review or the section that the form stood in. */
function backFrom(path: string, status: number): { href: string; label: string } {
  const review = new RegExp(`^${PAGES.reviews}/[^/]+(?=/)`).exec(path)?.[0];
  if (review) return { href: review, label: 'Back to the review' };
  if (path.startsWith(`${PAGES.factors}/`))
    return { href: PAGES.factors, label: 'Back to what you sign in with' };
  // Whom a section does not let in finds nothing behind it either.
  const section =
    status === 403
      ? undefined
      : Object.values(SECTIONS).find((one) => path.startsWith(`${one.path}/`) || path === one.path);
  return section
    ? { href: section.path, label: `Back to ${section.label}` }
    : { href: PAGES.console, label: 'Back' };
}

const passwordAgain = ({ code }: Problem, typed: Typed): HtmlPage =>
  code === 'sso_required' ? towardsProvider(typed) : passwordPage(typed);

/** Where no password is taken, the first question again: it knows the way through the company. */
const towardsProvider = (typed: Typed): HtmlPage =>
  emailPage({ ...typed, error: `${typed.error} Continue, and you get there.` });

/** Another password, with the same link as long as that is good. */
function resetAgain(problem: Problem, typed: Typed, { body }: FastifyRequest): HtmlPage {
  if (problem.code === 'reset_link_invalid') return forgotPage(typed);
  if (problem.code === 'sso_required') return towardsProvider(typed);
  const { token } = (body ?? {}) as { token?: unknown };
  return resetPage({ ...typed, token: typeof token === 'string' ? token.slice(0, 256) : undefined });
}

const GONE = 'What you chose is no second factor of yours any more, or is not taken here. Sign in again.';
const AGAIN = ['invalid_code', 'invalid_passkey', 'rate_limited', 'sms_not_sent', 'validation_failed'];

/** The answer once more, or from the beginning when the sign-in is over. */
function secondStepAgain(problem: Problem, { body }: FastifyRequest, path: string): HtmlPage {
  const { code } = problem;
  const error = saidAtTheDoor(problem);
  const { mfaToken, factorId, type, phone, settingUp } = (body ?? {}) as Record<string, unknown>;
  const destination = destinationIn(body);
  if (typeof mfaToken !== 'string' || !AGAIN.includes(code)) return passwordPage({ error, destination });
  const begun = { mfaToken, destination };
  // No other code would be right, either. An app that is set up may have got another key meanwhile: that page offers one.
  if (problem.extra.reason === 'unknown_factor' && settingUp !== 'totp')
    return passwordPage({ error: GONE, destination });
  if (path === PAGES.setUp && type === 'sms') {
    return phoneAgainPage(begun, { error, phone: typeof phone === 'string' ? phone.slice(0, 32) : '' });
  }
  if (typeof factorId !== 'string') return passwordPage({ error, destination });
  return code === 'sms_not_sent'
    ? messageAgainPage(begun, factorId, error)
    : answerAgainPage(begun, factorId, {
        error,
        passkey: code === 'invalid_passkey',
        settingUp: settingUp === 'totp',
      });
}

function typedEmail({ body }: FastifyRequest): string | undefined {
  const { email } = (body ?? {}) as { email?: unknown };
  return typeof email === 'string' ? email.slice(0, 254) : undefined;
}
