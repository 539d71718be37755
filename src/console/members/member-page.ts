import type { UserPrincipal } from '../../access/principal';
import { DEEDS } from '../../auth/pages/forms/deed-again';
import { SECTIONS } from '../../auth/pages/sections';
import { day, MEMBER_SOURCES } from '../../auth/pages/words';
import type { ShownSession } from '../../auth/sessions/member-sessions.service';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { LinkedIdentity } from '../../members/grants/access-explanation.service';
import type { Receipt } from '../../members/offboarding/offboarding.service';
import { ACTIVITY_PATH } from '../directory/activity-rows';
import { consoleFrame, endsInTwoSteps, instant, noticeOf, of, rowButton } from '../frame';
import type { MemberOverview } from './member-overview.service';

const { path } = SECTIONS.members;

/** A session, and from where it is. */
interface Session extends ShownSession {
  readonly isCallers: boolean;
  readonly device: string | null;
  readonly network: string | null;
  readonly place: string | null;
}

export interface MemberView extends Omit<MemberOverview, 'sessions'> {
  readonly sessions: readonly Session[];
  readonly done: string | undefined;
}

/** Who somebody is here, why they have their role, and by what they are in at this moment. */
export function memberPage(caller: UserPrincipal, view: MemberView): HtmlPage {
  const { member, facts, access, sessions, hasMoreSessions, receipt, done } = view;
  const { id, email, displayName, role, approver, source, removedAt } = member;
  const mayChange = caller.permissions.has('members:write') && removedAt === null;
  const here = `${path}/${id}`;
  const factors = facts?.factors ?? [];
  return consoleFrame(caller, {
    section: SECTIONS.members,
    notice: noticeOf(DONE, done),
    body: html`
      <h2>${displayName ?? email} ${removedAt ? html`<span class="chip high">removed</span>` : undefined}</h2>
      <dl>
        <dt>Email</dt>
        <dd>${email}</dd>
        <dt>Role</dt>
        <dd>${role}${approver ? ', approver' : ''}</dd>
        <dt>Joined</dt>
        <dd>${MEMBER_SOURCES[source] ?? source}, ${day(member.createdAt)}</dd>
        <dt>Last seen</dt>
        <dd>${facts?.lastSeenAt ? instant(facts.lastSeenAt) : 'never signed in'}</dd>
        <dt>Second factors</dt>
        <dd>${factors.length > 0 ? factors.join(', ') : 'none here'}</dd>
        <dt>ID</dt>
        <dd><code>${id}</code></dd>
      </dl>
      ${mayChange && factors.length > 0 && id !== caller.memberId ? resetForm(here, email) : undefined}
      ${receipt && departurePart(receipt)}
      <h2>Why this role</h2>
      <p>${access.explanation}</p>
      ${mayChange && access.member.grants.some(({ origin }) => origin === 'override') ? liftForm(here, email) : undefined}
      ${identitiesPart(access.identities)}
      ${removedAt === null ? sessionsPart(sessions, { here, email, hasMoreSessions, mayChange }) : undefined}
      <p class="after">
        <a href="${path}">All members</a>${auditLink(caller, email)}${activityLink(caller, id)}
      </p>
    `,
  });
}

const resetForm = (here: string, email: string): Html =>
  endsInTwoSteps({
    action: `${here}/factors/reset`,
    ...{ does: DEEDS.resetFactors.label, what: `of ${email}` },
    follows:
      'For somebody who lost theirs: every session ends, and they set up new ones at the next sign-in.',
  });

const liftForm = (here: string, email: string): Html =>
  endsInTwoSteps({
    action: `${here}/override/lift`,
    ...{ does: 'Lift the change by hand', what: `for ${email}` },
    follows: 'Rules, directory and default decide the role again, from the next request on.',
  });

function identitiesPart(identities: readonly LinkedIdentity[]): Html | undefined {
  if (identities.length === 0) return undefined;
  return html`<h2>Accounts at identity providers</h2>
    <ul class="rows">
      ${identities.map(
        ({ connectionName, subject, email, groups, groupsOverage, lastSignInAt }) =>
          html`<li>
            <strong>${connectionName}</strong> <code>${subject}</code>
            <div class="soft">
              ${[
                ...(email === null ? [] : [email]),
                lastSignInAt ? `last sign-in ${instant(lastSignInAt)}` : 'no sign-in yet',
                ...(groupsOverage ? ['more groups than the provider names'] : []),
              ].join(' · ')}
            </div>
            ${groups && groups.length > 0 ? groupsPart(groups, connectionName) : undefined}
          </li>`,
      )}
    </ul>`;
}

const groupsPart = (groups: readonly string[], provider: string): Html => html`
  <details>
    <summary ${of(`${groups.length} groups`, `named by ${provider}`)}>
      ${groups.length === 1 ? '1 group' : `${groups.length} groups`}
    </summary>
    <ul class="tags">
      ${groups.map((group) => html`<li>${group}</li>`)}
    </ul>
  </details>
`;

function sessionsPart(
  sessions: readonly Session[],
  {
    here,
    email,
    hasMoreSessions,
    mayChange,
  }: { here: string; email: string; hasMoreSessions: boolean; mayChange: boolean },
): Html {
  return html`<h2>Sessions</h2>
    ${sessions.length === 0 ? html`<p>Not signed in anywhere.</p>` : undefined}
    <ul class="rows">
      ${sessions.map((session) => sessionRow(session, here, mayChange))}
    </ul>
    ${hasMoreSessions ? html`<p class="soft">And older ones.</p>` : undefined}
    ${
      mayChange && sessions.length > 0
        ? endsInTwoSteps({
            action: `${here}/sessions/end`,
            ...{ does: 'Sign out everywhere', what: `for ${email}` },
            follows: 'Every session ends at once. They may sign in again.',
          })
        : undefined
    }`;
}

function sessionRow(session: Session, here: string, mayChange: boolean): Html {
  const { id, isCallers, device, method, connectionName, network, place, lastUsedAt, amr } = session;
  const name = device ?? 'Unknown program';
  return html`<li>
    <strong>${name}</strong>${isCallers ? ' (this one)' : ''}
    <div class="soft">
      ${[
        connectionName ?? method,
        ...(amr.includes('mfa') ? ['with a second factor'] : []),
        ...(place === null ? [] : [place]),
        ...(network === null ? [] : [network]),
        `last used ${instant(lastUsedAt)}`,
      ].join(' · ')}
    </div>
    ${mayChange ? rowButton(`${here}/sessions/${id}/end`, 'End', `the session of ${name}`) : undefined}
  </li>`;
}

/** All that ended with them, counted. */
function departurePart({ at, byType, reason, ended, kept }: Receipt): Html {
  const counted = (things: Receipt['ended']): string =>
    Object.entries(things)
      .filter(([, ids]) => ids.length > 0)
      .map(([kind, ids]) => `${WORDS[kind] ?? kind}: ${ids.length}`)
      .join(', ') || 'nothing';
  return html`<h2>Removed</h2>
    <dl>
      <dt>When</dt>
      <dd>${instant(at)}</dd>
      <dt>By</dt>
      <dd>${byType ?? 'system'}${reason ? ` (${reason})` : ''}</dd>
      <dt>Ended</dt>
      <dd>${counted(ended)}</dd>
      <dt>Kept</dt>
      <dd>${counted(kept)}</dd>
    </dl>`;
}

/** How people call what a receipt counts. */
const WORDS: Readonly<Record<string, string>> = {
  sessions: 'sessions',
  refreshTokens: 'refresh tokens',
  signInCodes: 'sign-in codes',
  mfaChallenges: 'sign-ins half-way',
  factorEnrolments: 'factors being set up',
  factorChallenges: 'questions for a factor',
  linkProofs: 'proofs of an account',
  passwordResets: 'links to a new password',
  invitations: 'invitations',
  setupLinks: 'setup links',
  revealRequests: 'requests to reveal a secret',
  revealApprovals: 'approvals to reveal a secret',
  apiKeys: 'API keys',
};

function auditLink({ permissions }: UserPrincipal, email: string): Html | undefined {
  if (!permissions.has(SECTIONS.audit.permission)) return undefined;
  const query = new URLSearchParams({ actor: email }).toString();
  return html` · <a href="${SECTIONS.audit.path}?${query}">What they did</a>`;
}

function activityLink({ permissions }: UserPrincipal, id: string): Html | undefined {
  if (!permissions.has(SECTIONS.directory.permission)) return undefined;
  return html` · <a href="${ACTIVITY_PATH}?member=${id}">What directories did to them</a>`;
}

const DONE: Readonly<Record<string, string>> = {
  lifted: 'Lifted. The role is what the other grants come to.',
  ended: 'The session has ended.',
  'signed-out': 'Signed out everywhere.',
  'factors-reset': 'Their factors are gone and their sessions have ended.',
};
