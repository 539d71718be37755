import { renderPage } from '../../http/html-page';
import type { ProblemRenderer } from '../../http/problem.filter';
import { problemOf } from '../../http/problem-of';
import type { Problem } from '../../http/problems';
import { noSetupPage, type SetupNotice, setupRefusalPage } from './setup-pages';

/** One page for every link that opens nothing; a sentence for everything else. */
export const setupProblemRenderer: ProblemRenderer = {
  render(problem) {
    const page = problem.status === 404 ? noSetupPage : setupRefusalPage(problem.status, sentenceOf(problem));
    const { text, headers } = renderPage(page);
    return { contentType: 'text/html; charset=utf-8', body: text, headers };
  },
};

/** What somebody can put right is shown beside the form; the rest is thrown on. */
export async function problemNotice(
  work: () => Promise<void>,
): Promise<(SetupNotice & { status: number }) | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const problem = problemOf(error);
    if (![400, 403, 409, 422].includes(problem.status)) throw error;
    return { ok: false, text: sentenceOf(problem), status: problem.status };
  }
}

/** The first thing that is wrong with the input, if the problem names one. */
function sentenceOf({ detail, extra }: Problem): string {
  const [first] = extra.errors ?? [];
  if (first === undefined) return detail;
  return typeof first === 'string' ? first : `${first.field}: ${first.message}`;
}
