import { type Role, ROLES } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import { SECTIONS } from '../../auth/pages/sections';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { showFields } from '../../auth/pages/forms/field';
import { editionOf, holdsNow, SEEN, type SeenEditionDto } from '../../auth/pages/forms/seen';
import { day, MEMBER_SOURCES } from '../../auth/pages/words';
import { EditConflict } from '../../http/edit-conflict';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { MailFate } from '../../mail/queue/mail-queue.service';
import type { MemberCounts, MemberFacts } from '../../members/list/member-list.service';
import { consoleFrame, further, howMany, noticeOf, of, rowButton } from '../frame';
import { inviteSeveralForm } from './invite-several-page';
import { sentOnce } from '../../auth/pages/forms/sent-once';

const { path } = SECTIONS.members;

/** A member, as far as the page tells of them. */
interface Member {
  readonly id: string;
  readonly email: string;
  readonly displayName: string | null;
  readonly role: Role;
  readonly approver: boolean;
  readonly source: string;
  readonly removedAt: Date | null;
}

interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: Date;
}

export interface MembersView {
  readonly members: readonly Member[];
  readonly facts: ReadonlyMap<string, MemberFacts>;
  readonly counts: MemberCounts;
  readonly invitations: readonly Invitation[];
  /** What became of their mails, by the id of the invitation. */
  readonly fates: ReadonlyMap<string, MailFate>;
  readonly next: string | null;
  /** Which of them are looked at. */
  readonly asked: {
    readonly search: string;
    readonly role: Role | undefined;
    readonly removed: boolean;
  };
  readonly done: string | undefined;
}

/** Who is in the workspace or was, and who is invited. */
export function membersPage(caller: UserPrincipal, view: MembersView): HtmlPage {
  const { members, facts, counts, invitations, fates, next, asked, done } = view;
  const { search, role, removed } = asked;
  const mayChange = caller.permissions.has('members:write');
  const kept = { ...(removed && { show: 'removed' }), ...(role && { role }) };
  return consoleFrame(caller, {
    section: SECTIONS.members,
    notice: noticeOf(DONE, done),
    body: html`
      <p class="soft">
        ${howMany(counts.active, 'member')}:
        ${ROLES.map((one, at) => html`${at === 0 ? '' : ', '}<a href="${path}?role=${one}">${howMany(counts.roles[one], one)}</a>`)}
        ·
        ${
          removed || role
            ? html`<a href="${path}">All members</a>`
            : html`<a href="${path}?show=removed">${counts.removed} removed</a>`
        }
      </p>
      <form method="get" action="${path}" class="inline">
        ${showFields(CONSOLE_FORMS.memberSearch.fields, { values: { search } })}
        ${Object.entries(kept).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <button class="quiet">Search</button>
      </form>
      <p class="soft">
        Export these: <a href="${exported('csv', asked)}">CSV</a>,
        <a href="${exported('ndjson', asked)}">NDJSON</a>
      </p>
      ${members.length === 0 ? html`<p>Nobody here ${search ? 'matches' : 'yet'}.</p>` : undefined}
      <ul class="rows">
        ${members.map((member) => memberRow(member, facts.get(member.id), mayChange, member.id === caller.memberId))}
      </ul>
      ${mayChange && members.length > 1 ? selectedForm(removed) : undefined}
      ${further(path, next, { ...(search && { search }), ...kept })}
      ${mayChange ? invitationForm() : undefined}
      ${
        invitations.length === 0
          ? undefined
          : html`<h2>Invited</h2>
              <ul class="rows">
                ${invitations.map((invitation) => invitationRow(invitation, fates.get(invitation.id), mayChange))}
              </ul>`
      }
    `,
  });
}

/** The file of whom the page shows, and of those further on. */
function exported(format: string, { search, role, removed }: MembersView['asked']): string {
  const query = new URLSearchParams({
    ...{ format, filter: memberFilter({ role, removed }) },
    ...(search && { search }),
  });
  return `/v1/members/export?${query.toString()}`;
}

/** As `?filter=` of the list. */
export function memberFilter({ role, removed }: Pick<MembersView['asked'], 'role' | 'removed'>): string {
  const status = `status eq "${removed ? 'removed' : 'active'}"`;
  return role ? `${status} and role eq "${role}"` : status;
}

function memberRow(member: Member, facts: MemberFacts | undefined, mayChange: boolean, isMe: boolean): Html {
  const { id, email, displayName, role, approver, source, removedAt } = member;
  const known = [
    `${role}${approver ? ', approver' : ''}`,
    MEMBER_SOURCES[source] ?? source,
    facts?.lastSeenAt ? `last seen ${day(facts.lastSeenAt)}` : 'never signed in',
    facts && facts.factors.length > 0 ? `factors: ${facts.factors.join(', ')}` : 'no second factor here',
    ...(removedAt ? [`removed ${day(removedAt)}`] : []),
  ];
  return html`<li>
    ${mayChange ? selectBox(id, email) : undefined}
    <strong><a href="${path}/${id}">${displayName ?? email}</a></strong
    >${isMe ? ' (you)' : ''} ${displayName ? html`<span class="soft">${email}</span>` : undefined}
    <div class="soft">${known.join(' · ')}</div>
    ${mayChange ? (removedAt ? rowButton(`${path}/${id}/restore`, 'Restore', email) : changeForms(member, isMe)) : undefined}
  </li>`;
}

/** For the form below the list. */
const selectBox = (id: string, email: string): Html =>
  html`<input type="checkbox" name="ids" value="${id}" form="selected" aria-label="Select ${email}" />`;

/** The same for several of a page; what it comes to is shown first. */
const selectedForm = (removed: boolean): Html => html`
  <form method="post" action="${path}/selected" id="selected" class="inline">
    ${
      removed
        ? html`<button class="quiet" name="deed" value="restore">Restore the selected</button>`
        : html`${showFields(CONSOLE_FORMS.selected.fields)} <button class="quiet">Preview</button>`
    }
  </form>
`;

function changeForms({ id, email, role, approver }: Member, isMe: boolean): Html {
  return html`<details>
    <summary ${of('Change', email)}>Change</summary>
    <form method="post" action="${path}/${id}">
      ${showFields(CONSOLE_FORMS.member.fields, { values: { role, approver, [SEEN.name]: editionOf({ role, approver }) }, apart: id })}
      <button class="quiet">Save</button>
    </form>
    <form method="post" action="${path}/${id}/remove">
      <p class="soft">
        Removing ${isMe ? 'yourself' : email} ends every session at once; the policy says what becomes of API
        keys.
      </p>
      <button class="quiet danger">Remove ${isMe ? 'yourself' : email}</button>
    </form>
  </details>`;
}

/** @throws 409 `member_changed` where the member has another role by now than the form showed */
export function refuseUnseen(
  { seen, ...typed }: SeenEditionDto,
  { role, approver }: Pick<Member, 'role' | 'approver'>,
): void {
  const edition = editionOf({ role, approver });
  if (seen === undefined || seen === edition) return;
  const shown = CONSOLE_FORMS.member.fields.filter(({ name }) => name !== SEEN.name);
  throw new EditConflict('member_changed', holdsNow(shown, { ...typed }, { role, approver }), edition);
}

const invitationForm = (): Html => html`
  <h2>Invite somebody</h2>
  <form method="post" action="${path}/invitations">
    ${sentOnce()} ${showFields(CONSOLE_FORMS.invitation.fields, { values: { role: 'viewer' } })}
    <button>Invite</button>
  </form>
  <details>
    <summary>Invite several at once</summary>
    ${inviteSeveralForm({ role: 'viewer' })}
  </details>
`;

function invitationRow(
  { id, email, role, expiresAt }: Invitation,
  fate: MailFate | undefined,
  mayChange: boolean,
): Html {
  return html`<li>
    <strong>${email}</strong>
    <div class="soft">
      ${role} · the link ${expiresAt <= new Date() ? 'expired' : 'works until'} ${day(expiresAt)}
    </div>
    ${fate && mailPart(fate)}
    ${
      mayChange
        ? html`<form method="post" action="${path}/invitations/${id}">
            <button class="quiet" name="how" value="resend" ${of('Mail a new link', `to ${email}`)}>
              Mail a new link
            </button>
            <button class="quiet" name="how" value="revoke" ${of('Revoke', `the invitation of ${email}`)}>
              Revoke
            </button>
          </form>`
        : undefined
    }
  </li>`;
}

/** Nothing of a mail that has left. */
function mailPart({ status, failure }: MailFate): Html | undefined {
  if (status === 'failed') {
    return html`<div class="alarm">
      The mail was not taken (<code>${failure ?? 'unknown'}</code>): look at the address, or mail a new link.
    </div>`;
  }
  if (status !== 'queued') return undefined;
  return html`<div class="soft">The mail has not left yet; it is tried again.</div>`;
}

const DONE: Readonly<Record<string, string>> = {
  changed: 'Changed. It holds from the next request of this member on.',
  removed: 'Removed. Every session ended.',
  restored: 'Restored, with the role they had.',
  invited: 'Invited. The mail is on its way.',
  resent: 'A new link is on its way; the old one stopped working.',
  revoked: 'The invitation is revoked.',
};
