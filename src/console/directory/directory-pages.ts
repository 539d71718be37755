import type { UserPrincipal } from '../../access/principal';
import { copyable } from '../../auth/pages/copyable';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { showFields } from '../../auth/pages/forms/field';
import { SECTIONS } from '../../auth/pages/sections';
import { day } from '../../auth/pages/words';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Activity } from '../../scim/activity/activity-log.service';
import type { HeldChange, Hold } from '../../scim/guard/holds.service';
import { consoleFrame, endChip, endsInTwoSteps, instant, noticeOf, of, shownOnce } from '../frame';
import { sentOnce } from '../../auth/pages/forms/sent-once';

const { path } = SECTIONS.directory;

/** A token, as far as the page tells of it. */
interface ScimToken {
  readonly id: string;
  readonly name: string;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedBy: string | null;
  readonly revokedAt: Date | null;
}

/** Deactivations that wait for an admin, and some of those they are of. */
export interface Waiting {
  readonly hold: Hold;
  readonly named: readonly HeldChange[];
}

export interface DirectoryView {
  readonly baseUrl: string;
  readonly tokens: readonly ScimToken[];
  readonly activity: readonly Activity[];
  readonly waiting: Waiting | undefined;
  readonly done?: string | undefined;
  /** The text of a token that was made just now. */
  readonly made?: string;
}

/** What a directory needs to get in, and what directories did lately. */
export function directoryPage(caller: UserPrincipal, view: DirectoryView): HtmlPage {
  const { baseUrl, tokens, activity, waiting, done, made } = view;
  const mayChange = caller.permissions.has('scim:write');
  return consoleFrame(caller, {
    section: SECTIONS.directory,
    notice: noticeOf(DONE, done),
    body: html`
      ${made === undefined ? undefined : shownOnce('This is the token.', 'the token', made)}
      ${waiting && waitingPart(waiting, mayChange)}
      <dl>
        <dt>Base URL</dt>
        <dd>${copyable('the base URL', baseUrl)}</dd>
        <dt>Authentication</dt>
        <dd>Bearer token, from below</dd>
      </dl>
      <p class="soft">
        What Okta, Microsoft Entra ID and others call these two is in the documentation (docs/scim).
      </p>
      <h2>Tokens</h2>
      ${tokens.every(({ expiresAt }) => isOver(expiresAt)) ? html`<p>There is none that works: no directory gets in.</p>` : undefined}
      <ul class="rows">
        ${tokens.map((token) => tokenRow(token, mayChange))}
      </ul>
      ${mayChange ? newTokenForm() : undefined}
      <h2>What directories did lately</h2>
      ${activity.length === 0 ? html`<p>Nothing in the last 30 days.</p>` : undefined}
      <ul class="rows">
        ${activity.map(activityRow)}
      </ul>
    `,
  });
}

function waitingPart({ hold, named }: Waiting, mayChange: boolean): Html {
  const { id, heldMembers, deactivated, population, openedAt } = hold;
  return html`<h2>Waits for you</h2>
    <p>
      A directory has deactivated ${deactivated} of ${population} users, and since ${instant(openedAt)} asks
      for ${heldMembers} more. That is a lot at once, so these are held until an admin decides.
    </p>
    <details>
      <summary>Who</summary>
      <ul class="rows">
        ${named.map(({ email, displayName }) => html`<li>${displayName ?? email} <span class="soft">${email}</span></li>`)}
      </ul>
      ${heldMembers > named.length ? html`<p class="soft">and ${heldMembers - named.length} more</p>` : undefined}
    </details>
    ${
      mayChange
        ? html`<form method="post" action="${path}/holds/${id}">
            <button class="quiet danger" name="decision" value="approve">Deactivate all of them</button>
            <button class="quiet" name="decision" value="reject">Keep them</button>
          </form>`
        : undefined
    }`;
}

const isOver = (expiresAt: Date | null): boolean => expiresAt !== null && expiresAt <= new Date();

function tokenRow({ id, name, expiresAt, lastUsedAt, lastUsedBy }: ScimToken, mayChange: boolean): Html {
  const over = isOver(expiresAt);
  const known = [
    expiresAt ? `until ${day(expiresAt)}` : 'until revoked',
    lastUsedAt ? `last used ${day(lastUsedAt)}${lastUsedBy ? ` by ${lastUsedBy}` : ''}` : 'never used',
  ];
  return html`<li>
    <strong>${name}</strong> ${endChip(expiresAt)}
    <div class="soft">${known.join(' · ')}</div>
    ${over ? html`<div class="alarm">The directory that uses it is refused: make a new one, and enter it there.</div>` : undefined}
    ${
      mayChange
        ? html`${over ? undefined : successorForm(id, name)}
          ${endsInTwoSteps({
            action: `${path}/tokens/${id}/revoke`,
            ...{ does: 'Revoke', what: name },
            follows: over ? 'It opens nothing any more, and is listed no longer.' : REVOKING,
          })}`
        : undefined
    }
  </li>`;
}

const REVOKING =
  'The directory that uses it is refused from its next request on: nobody who leaves is taken out by it any more.';

const successorForm = (id: string, name: string): Html => html`
  <form method="post" action="${path}/tokens/${id}/rotate">
    ${sentOnce()}
    <button class="quiet" ${of('New one; this one works for another week:', name)}>
      New one; this one works for another week
    </button>
  </form>
`;

const newTokenForm = (): Html => html`
  <form method="post" action="${path}/tokens">
    ${sentOnce()} ${showFields(CONSOLE_FORMS.scimToken.fields)}
    <button>Make it</button>
  </form>
`;

const activityRow = ({
  at,
  summary,
  outcome,
  status,
  detail,
  method,
  path: called,
  durationMs,
}: Activity): Html => html`
  <li>
    <strong>${summary}</strong>
    <div class="soft">
      ${instant(at)} · ${outcome} · ${status} · <code>${method} ${called}</code> · ${durationMs} ms
    </div>
    ${detail && !summary.includes(detail) ? html`<div class="${outcome === 'refused' || outcome === 'failed' ? 'alarm' : 'soft'}">${detail}</div>` : undefined}
  </li>
`;

const DONE: Readonly<Record<string, string>> = {
  revoked: 'Revoked. Its next request is refused.',
  approve: 'They are deactivated.',
  reject: 'They stay. For seven days the directory is refused when it asks again.',
};
