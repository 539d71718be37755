import type { FastifyRequest } from 'fastify';
import { html } from '../../http/html';
import { type HtmlPage, renderPage } from '../../http/html-page';
import { ProblemFilter, type ProblemRenderer } from '../../http/problem.filter';
import { leadsNowhere } from '../../http/problem-of';
import { PAGES } from './pages';

/** Below these, programs call, whatever they say that they take. */
const CALLS = /^\/(v1|scim)(?=[/?]|$)/;

const JSON_TYPES = ['application/problem+json', 'application/json'];

/** Where no route is: a page for whoever comes with a browser, the problem for everybody else. */
export const unknownAddressRenderer: ProblemRenderer = {
  render(problem, request) {
    if (!leadsNowhere(problem) || !isForPeople(request)) return new ProblemFilter().render(problem, request);
    const { text, headers } = renderPage(NOTHING_HERE);
    return { contentType: 'text/html; charset=utf-8', body: text, headers };
  },
};

const NOTHING_HERE: HtmlPage = {
  title: 'There is nothing here',
  body: html`<main>
    <span class="brand">Gatehouse</span>
    <h1>There is nothing here</h1>
    <p>The address may have been cut off, or what was here is gone.</p>
    <p><a href="${PAGES.signIn}">Go to sign-in</a></p>
  </main>`,
};

function isForPeople({ method, url, headers }: FastifyRequest): boolean {
  if (method !== 'GET' || CALLS.test(url)) return false;
  const wishes = wishesIn(headers.accept ?? '');
  const ofOthers = wishes.get('application/*') ?? wishes.get('*/*') ?? 0;
  const ofJson = JSON_TYPES.map((type) => wishes.get(type) ?? ofOthers);
  return (wishes.get('text/html') ?? 0) > Math.max(...ofJson);
}

/** How much each type is wanted, from 0 to 1 (RFC 9110 section 12.5.1). */
function wishesIn(accept: string): Map<string, number> {
  return new Map(
    accept.split(',').map((wish) => {
      const [type = '', ...parameters] = wish.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return [type, Number(weight) || 0];
    }),
  );
}
