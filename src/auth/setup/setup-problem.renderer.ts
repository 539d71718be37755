import { renderPage } from '../../http/html-page';
import type { ProblemRenderer } from '../../http/problem.filter';
import { problemOf } from '../../http/problem-of';
import { type Problem, reasonsOf } from '../../http/problems';
import type { Values } from '../pages/forms/field';
import { detailOnPages } from '../pages/forms/refused-fields';
import { inWordsOfPages } from '../pages/forms/words-of-pages';
import { refusedSetup } from './setup-forms';
import { noSetupPage, type SetupNotice, setupRefusalPage } from './setup-pages';

/** One page for every link that opens nothing; a sentence for everything else. */
export const setupProblemRenderer: ProblemRenderer = {
  render(thrown) {
    const problem = inWordsOfPages(thrown);
    const page = problem.status === 404 ? noSetupPage : setupRefusalPage(problem.status, sentenceOf(problem));
    const { text, headers } = renderPage(page);
    return { contentType: 'text/html; charset=utf-8', body: text, headers };
  },
};

/** What somebody can put right is shown beside the form; the rest is thrown on. */
export async function problemNotice(
  values: Values,
  work: () => Promise<void>,
): Promise<SetupNotice | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const problem = inWordsOfPages(problemOf(error));
    if (![400, 403, 409, 422].includes(problem.status)) throw error;
    const refused = refusedSetup(problem, values);
    const text = [refused.detail, ...refused.others].join(' ');
    return { ok: false, text, status: problem.status, refused };
  }
}

/** All that is wrong with the input, where there is no field to say it beside. */
const sentenceOf = (problem: Problem): string => [detailOnPages(problem), ...reasonsOf(problem)].join(' ');
