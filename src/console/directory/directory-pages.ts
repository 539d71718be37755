import type { UserPrincipal } from '../../access/principal';
import { copyable } from '../../auth/pages/copyable';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Activity } from '../../scim/activity/activity';
import type { DirectoryCounts } from '../../members/member-directory.service';
import type { HeldChange, Hold } from '../../scim/guard/holds.service';
import { consoleFrame, endsInTwoSteps, howMany, instant, noticeOf, shownOnce } from '../frame';
import { ACTIVITY_PATH, activityRows } from './activity-rows';
import { type Credential, credentialList, isOver } from './directory-credentials';
import { namesElsewhere } from './names-elsewhere';

const { path } = SECTIONS.directory;

/** Deactivations that wait for an admin, and some of those they are of. */
export interface Waiting {
  readonly hold: Hold;
  readonly named: readonly HeldChange[];
}

export interface DirectoryView {
  readonly baseUrl: string;
  /** Where clients get their tokens. */
  readonly tokenUrl: string;
  readonly tokens: readonly Credential[];
  readonly clients: readonly Credential[];
  /** Newest first. */
  readonly activity: readonly Activity[];
  readonly counts: DirectoryCounts;
  readonly waiting: Waiting | undefined;
  readonly done?: string | undefined;
  /** What was made just now, and its text, which is shown once. */
  readonly made?: { readonly kind: 'token' | 'client'; readonly id: string; readonly text: string };
}

/** What a directory needs to get in, and what directories did lately. */
export function directoryPage(caller: UserPrincipal, view: DirectoryView): HtmlPage {
  const { baseUrl, tokenUrl, tokens, clients, activity, counts, waiting, done, made } = view;
  const mayChange = caller.permissions.has('scim:write');
  const nobodyGetsIn = [...tokens, ...clients].every(isOver);
  return consoleFrame(caller, {
    section: SECTIONS.directory,
    notice: noticeOf(DONE, done),
    body: html`
      ${made && madeNow(made)} ${waiting && waitingPart(waiting, mayChange)}
      <dl>
        <dt>Base URL</dt>
        <dd>${copyable('the base URL', baseUrl)}</dd>
        <dt>Authentication</dt>
        <dd>Bearer token, or OAuth 2 client credentials, from below</dd>
        <dt>Last request</dt>
        <dd>${activity[0] ? instant(activity[0].at) : 'none in the last 30 days'}</dd>
        <dt>Users and groups</dt>
        <dd>${howMany(counts.users, 'user')}, ${howMany(counts.groups, 'group')}</dd>
      </dl>
      ${namesElsewhere()}
      <h2>Tokens</h2>
      ${nobodyGetsIn ? html`<p>No token or client is valid: no directory can connect.</p>` : undefined}
      ${credentialList('token', tokens, mayChange)}
      <h2>OAuth clients</h2>
      <p class="soft">
        For directories that use client credentials: each access token they get works for an hour.
      </p>
      <dl>
        <dt>Token URL</dt>
        <dd>${copyable('the token URL', tokenUrl)}</dd>
      </dl>
      ${credentialList('client', clients, mayChange)}
      <h2>Recent activity</h2>
      ${activity.length === 0 ? html`<p>Nothing in the last 30 days.</p>` : undefined}
      ${activityRows(activity)}
      ${activity.length === 0 ? undefined : html`<p><a href="${ACTIVITY_PATH}">All activity, with search</a></p>`}
    `,
  });
}

const madeNow = ({ kind, id, text }: NonNullable<DirectoryView['made']>): Html =>
  kind === 'token'
    ? shownOnce('This is the token.', 'the token', text)
    : html`${shownOnce('This is the client secret.', 'the client secret', text)}
        <dl>
          <dt>Client ID of it</dt>
          <dd>${copyable('the client ID', id)}</dd>
        </dl>`;

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
        ? html`${endsInTwoSteps({
              action: `${path}/holds/${id}`,
              ...{ does: 'Deactivate', what: heldMembers === 1 ? 'the one who waits' : `all ${heldMembers}` },
              follows: 'They are out at once, with their sessions and API keys.',
              fields: { decision: 'approve', shown: String(heldMembers) },
            })}
            <form method="post" action="${path}/holds/${id}">
              <button class="quiet" name="decision" value="reject">Keep them</button>
            </form>`
        : undefined
    }`;
}

const DONE: Readonly<Record<string, string>> = {
  revoked: 'Revoked. Its next request is refused.',
  approve: 'They are deactivated.',
  reject: 'They stay. For seven days the directory is refused when it asks again.',
};
