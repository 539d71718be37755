import type { UserPrincipal } from '../../access/principal';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { BulkOutcome } from '../../members/bulk/bulk-members.service';
import type { MemberName } from '../../members/list/member-list.service';
import { consoleFrame, howMany } from '../frame';
import type { SelectedDeed } from './selected-forms.dto';

const { path } = SECTIONS.members;

export interface SelectedView {
  readonly outcomes: readonly BulkOutcome[];
  readonly names: ReadonlyMap<string, MemberName>;
  readonly deed: SelectedDeed;
  /** Else it is what would happen. */
  readonly isDone: boolean;
}

const NEXT_REQUEST = 'It holds from their next request on.';

/** What a deed is called before and after, how a button calls it for so many, and what it means to them. */
const DEEDS: Readonly<
  Record<SelectedDeed, { does: string; did: string; press: (who: string) => string; follows: string }>
> = {
  viewer: roleDeed('viewer', NEXT_REQUEST),
  editor: roleDeed('editor', NEXT_REQUEST),
  admin: roleDeed('admin', `${NEXT_REQUEST} Every admin is told by mail.`),
  approver: roleDeed('approver', NEXT_REQUEST),
  'no-approver': {
    ...{ does: 'Make no approver', did: 'No approvers any more' },
    press: (who) => `Make ${who} no approver`,
    follows: NEXT_REQUEST,
  },
  remove: {
    ...{ does: 'Remove', did: 'Removed' },
    press: (who) => `Remove ${who}`,
    follows: 'Their sessions end at once; the policy says what becomes of API keys.',
  },
  restore: {
    ...{ does: 'Restore', did: 'Restored' },
    press: (who) => `Restore ${who}`,
    follows: 'They get the role back that they had.',
  },
};

/** What a deed would come to for each of the selected, and a button that does it; or what it came to. */
export function selectedPage(
  caller: UserPrincipal,
  { outcomes, names, deed, isDone }: SelectedView,
): HtmlPage {
  const { does, did } = DEEDS[deed];
  const refused = outcomes.filter(({ outcome }) => outcome === 'refused');
  const unchanged = outcomes.filter(({ outcome }) => outcome === 'unchanged');
  const others = outcomes.filter((one) => !refused.includes(one) && !unchanged.includes(one));
  const list = (title: string, some: readonly BulkOutcome[]): Html | undefined =>
    some.length === 0
      ? undefined
      : html`<h2>${title} (${some.length})</h2>
          <ul class="rows">
            ${some.map((one) => outcomeRow(one, names.get(one.id)))}
          </ul>`;
  return consoleFrame(caller, {
    section: SECTIONS.members,
    notice: isDone ? `${howMany(others.length, 'member')} changed.` : undefined,
    body: html`
      ${outcomes.length === 0 ? html`<p>Nobody is selected.</p>` : undefined}
      ${list(isDone ? did : does, others)} ${list(isDone ? 'Refused' : 'Would be refused', refused)}
      ${list('Stay as they are', unchanged)} ${!isDone && others.length > 0 ? doIt(others, deed) : undefined}
      <p class="after"><a href="${path}">All members</a></p>
    `,
  });
}

const outcomeRow = ({ id, refusal }: BulkOutcome, name: MemberName | undefined): Html =>
  html`<li>
    ${
      name
        ? html`<a href="${path}/${id}">${name.displayName ?? name.email}</a>
            ${name.displayName ? html`<span class="soft">${name.email}</span>` : undefined}`
        : html`<code>${id}</code>`
    }
    ${refusal ? html`<div class="alarm">${refusal.detail}</div>` : undefined}
  </li>`;

function doIt(some: readonly BulkOutcome[], deed: SelectedDeed): Html {
  const { press, follows } = DEEDS[deed];
  return html`<form method="post" action="${path}/selected/done">
    ${sentOnce()} ${some.map(({ id }) => html`<input type="hidden" name="ids" value="${id}" />`)}
    <p class="soft">${follows}</p>
    <button name="deed" value="${deed}" class="${deed === 'remove' ? 'quiet danger' : ''}">
      ${press(howMany(some.length, 'member'))}
    </button>
  </form>`;
}

function roleDeed(role: string, follows: string): (typeof DEEDS)[SelectedDeed] {
  return {
    does: `Make ${role}`,
    did: `${role[0]!.toUpperCase()}${role.slice(1)}s now`,
    press: (who) => `Make ${who} ${role}`,
    follows,
  };
}
