import type { FastifyRequest } from 'fastify';
import { type Html, html } from '../../http/html';
import { type HtmlPage, renderPage } from '../../http/html-page';
import { ProblemFilter, type ProblemRenderer, type RenderedProblem } from '../../http/problem.filter';
import { leadsNowhere } from '../../http/problem-of';
import type { Problem } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import { saidAtTheDoor } from '../pages/forms/refused-fields';
import { TestFailed } from './test-failed';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** One sentence that says what the person can do about it. */
  readonly detail: string;
  /** What in particular, if there is more than one thing to do. */
  readonly reasons?: readonly string[];
  readonly requestId: string;
  /** What was refused, to be put right and sent again. */
  readonly form?: Html | undefined;
  /** Where the person can go on. */
  readonly next?: { readonly href: string; readonly label: string } | undefined;
  /** Where it began; left out: the sign-in. */
  readonly back?: { readonly href: string; readonly label: string };
}

/** Where browsers come and go during a sign-in. */
export const SIGN_IN_PREFIX = '/sso/';

/** What somebody sees whose sign-in did not work: a sentence, and what to tell the administrator. */
export function renderRefusal({
  status,
  code,
  title,
  detail,
  reasons = [],
  requestId,
  form,
  next,
  back = { href: '/login', label: 'Back to sign-in' },
}: Refusal): HtmlPage {
  return {
    status,
    title,
    body: html`<main>
      <span class="brand">Gatehouse</span>
      <h1>${title}</h1>
      <p role="alert">${detail}</p>
      ${
        reasons.length === 0
          ? undefined
          : html`<ul>
              ${reasons.map((reason) => html`<li>${reason}</li>`)}
            </ul>`
      }
      ${form} ${next && html`<p><a href="${next.href}">${next.label}</a></p>`}
      <p class="soft">If it keeps happening, give this to whoever manages your workspace:</p>
      <dl>
        <dt>Reason</dt>
        <dd><code>${code}</code></dd>
        <dt>Reference</dt>
        <dd><code>${requestId}</code></dd>
      </dl>
      <p><a href="${back.href}">${back.label}</a></p>
    </main>`,
  };
}

/** Pages for browsers, problem+json for whoever asks for JSON. */
export const signInProblemRenderer: ProblemRenderer = {
  render(problem, request) {
    return problem instanceof TestFailed && !wantsJson(request)
      ? shown(problem.page)
      : refusalAtTheDoor(problem, request, titleFor(problem));
  },
};

/** The problem under a title that says what it is about, and who else may help. */
export function refusalAtTheDoor(problem: Problem, request: FastifyRequest, title: string): RenderedProblem {
  if (wantsJson(request)) return new ProblemFilter().render(problem, request);
  const { status, code, extra } = problem;
  const requestId = requestContext.current()?.requestId ?? request.id;
  return shown(
    renderRefusal({ status, code, title, detail: saidAtTheDoor(problem), next: extra.next, requestId }),
  );
}

function shown(page: HtmlPage): RenderedProblem {
  const { text, headers } = renderPage(page);
  return { contentType: 'text/html; charset=utf-8', body: text, headers };
}

function titleFor(problem: Problem): string {
  if (leadsNowhere(problem)) return 'There is no sign-in here';
  return problem.status >= 500 ? 'Sign-in is not possible right now' : 'You could not be signed in';
}

/** Browsers name HTML first and everything else after it. */
function wantsJson({ headers }: FastifyRequest): boolean {
  const accept = headers.accept ?? '';
  return /\bapplication\/(problem\+)?json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}
