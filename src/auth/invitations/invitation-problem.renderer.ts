import { renderPage } from '../../http/html-page';
import type { ProblemRenderer } from '../../http/problem.filter';
import type { Problem } from '../../http/problems';
import { refusalAtTheDoor } from '../browser/refusal-page';
import { saidAtTheDoor } from '../pages/forms/refused-fields';
import { invitationRetryPage } from './invitation-pages';

/** A form that only needs another password comes back; a link that is worth nothing is refused on a page. */
export const invitationProblemRenderer: ProblemRenderer = {
  render(problem, request) {
    const { token, name } = (request.body ?? {}) as { token?: unknown; name?: unknown };
    const without = WITHOUT_PASSWORD[problem.code];
    const canRetry =
      without ?? (problem.code === 'validation_failed' || problem.code.startsWith('password_'));
    if (request.method !== 'POST' || !canRetry || typeof token !== 'string') {
      return refusalAtTheDoor(problem, request, titleOf(problem));
    }
    const typed = { token: token.slice(0, 256), name: typeof name === 'string' ? name.slice(0, 200) : '' };
    const { text, headers } = renderPage(
      invitationRetryPage(typed, { error: without ?? saidAtTheDoor(problem), asksForPassword: !without }),
    );
    return { contentType: 'text/html; charset=utf-8', body: text, headers };
  },
};

/** Who has joined is told so first, and finds the way to the sign-in below. */
function titleOf({ status, code }: Problem): string {
  if (code === 'invitation_accepted' || code === 'already_member') return 'You have joined already';
  return status >= 500 ? 'This is not possible right now' : 'This invitation cannot be accepted';
}

/** What has changed since the page asked for a password, which it need not do any more. */
const WITHOUT_PASSWORD: Readonly<Record<string, string>> = {
  password_already_set:
    'This address has an account by now, and keeps its password: accept without another one.',
  sso_required: 'People of this workspace sign in through their company by now: accept without a password.',
};
