import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Review } from '../../members/access-reviews/access-reviews.service';
import type { ReviewItem } from '../../members/access-reviews/review-decisions.service';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { showFields } from '../../auth/pages/forms/field';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import type { UserPrincipal } from '../../access/principal';
import { SECTIONS } from '../../auth/pages/sections';
import { consoleFrame, endsInTwoSteps, further, of } from '../frame';
import { day, MEMBER_SOURCES } from '../../auth/pages/words';

const { path } = SECTIONS.reviews;

/** Where one review stands, and what its forms lead to. */
export const reviewUrl = (id: string): string => `${path}/${id}`;

/** Newest first. */
export function reviewsPage(
  caller: UserPrincipal,
  reviews: readonly Review[],
  next: string | null,
): HtmlPage {
  const mayChange = caller.permissions.has('members:write');
  return consoleFrame(caller, {
    section: SECTIONS.reviews,
    body: html`
      <p class="soft">Who has access, why, and does everybody still need it?</p>
      ${
        reviews.length === 0
          ? html`<p>
              There was none yet. ${mayChange ? 'Begin one: everybody' : 'In one, everybody'} is taken down as
              they are now, and who may change members is asked by mail.
            </p>`
          : html`<ul class="rows">
              ${reviews.map(
                (review) =>
                  html`<li>
                    <a href="${reviewUrl(review.id)}">${review.name}</a>
                    <span class="soft">${standing(review)}</span>
                  </li>`,
              )}
            </ul>`
      }
      ${further(path, next, {}, 'Older ones')} ${mayChange ? beginning() : undefined}
    `,
  });
}

const beginning = (): Html =>
  html`<h2>Begin a review of everybody</h2>
    <form method="post" action="${path}">
      ${sentOnce()} ${showFields(CONSOLE_FORMS.review.fields)}
      <button>Begin</button>
    </form>`;

/** Those who wait for a decision, or those who were decided. */
export function reviewPage(
  caller: UserPrincipal,
  review: Review,
  { items, next, decided }: { items: readonly ReviewItem[]; next: string | null; decided: boolean },
): HtmlPage {
  const { items: all, keep, remove } = review.counts;
  const open = all - keep - remove;
  const isOpen = review.completedAt === null && review.cancelledAt === null;
  const mayDecide = isOpen && caller.permissions.has('members:write');
  const here = reviewUrl(review.id);
  return consoleFrame(caller, {
    section: SECTIONS.reviews,
    body: html`
      <h2>${review.name}</h2>
      <p class="soft">${standing(review)}</p>
      <p>
        ${decided ? html`<a href="${here}">${open} undecided</a>` : html`${open} undecided`}${review.completedAt && open > 0 ? ', who kept their access' : ''}
        ·
        ${decided ? html`${keep} keep, ${remove} lose access` : html`<a href="${here}?show=decided">${keep} keep, ${remove} lose access</a>`}
      </p>
      ${items.length === 0 ? html`<p>${decided ? 'Nothing was decided yet.' : 'Nobody waits for a decision.'}</p>` : undefined}
      <ul class="rows">
        ${items.map((item) => row(here, item, mayDecide && item.decision === null, item.memberId === caller.memberId))}
      </ul>
      ${further(here, next, decided ? { show: 'decided' } : {})} ${mayDecide ? endings(review) : undefined}
      ${review.completedAt ? results(review.id) : undefined}
      <p class="soft after"><a href="${path}">All reviews</a></p>
    `,
  });
}

function row(here: string, item: ReviewItem, undecided: boolean, isMe: boolean): Html {
  const { facts, personal, decision, effect } = item;
  const known = [
    `${facts.role}${facts.approver ? ', approver' : ''}`,
    MEMBER_SOURCES[facts.source] ?? facts.source,
    facts.lastSeenAt === null ? 'never signed in' : `last seen ${facts.lastSeenAt.slice(0, 10)}`,
    facts.factors.length === 0 ? 'no second factor' : `factors: ${facts.factors.join(', ')}`,
    ...(facts.apiKeys.length === 0 ? [] : [`API keys: ${facts.apiKeys.length}`]),
  ];
  const groups = Object.values(personal?.groupNames ?? {});
  const whom = personal?.displayName ?? personal?.email ?? 'Somebody who was erased';
  const address = personal?.email ?? whom;
  return html`<li>
    <strong>${whom}</strong>
    ${personal?.displayName ? html`<span class="soft">${personal.email}</span>` : undefined}
    <div class="soft">${known.join(' · ')}</div>
    ${groups.length === 0 ? undefined : html`<div class="soft">Groups: ${groups.join(', ')}</div>`}
    ${decision === null ? undefined : html`<div>${decision === 'keep' ? 'Keeps access' : 'Loses access'}${effect ? `: ${EFFECTS[effect] ?? effect}` : ''}</div>`}
    ${undecided && isMe ? html`<div>This is you: somebody else decides.</div>` : undefined}
    ${
      undecided && !isMe
        ? html`<form method="post" action="${here}/items/${item.id}">
            ${sentOnce()}
            <button class="quiet" name="decision" value="keep" ${of('Keep', address)}>Keep</button>
            <button class="quiet" name="decision" value="remove" ${of('Remove', address)}>Remove</button>
          </form>`
        : undefined
    }
  </li>`;
}

function endings({ id, name, counts: { items, keep, remove } }: Review): Html {
  const open = items - keep - remove;
  const action = `${reviewUrl(id)}/end`;
  const rest =
    open === 0
      ? ''
      : open === 1
        ? ' The one whom nobody decided about keeps it.'
        : ` The ${open} whom nobody decided about keep it.`;
  return html`<h2>End the review</h2>
    ${endsInTwoSteps({
      ...{ action, does: 'Complete', what: `${name}: remove ${people(remove)}` },
      follows: `${people(remove)} out of ${items} ${remove === 1 ? 'loses' : 'lose'} access at once, with their sessions and API keys.${rest} It cannot be taken back.`,
      fields: { how: 'complete', removals: String(remove) },
    })}
    ${endsInTwoSteps({
      ...{ action, does: 'Cancel', what: name },
      follows: 'Nothing of what was decided is done, and there is no result. It cannot be taken back.',
      fields: { how: 'cancel' },
    })}`;
}

function results(id: string): Html {
  const url = `/v1/access-reviews/${id}/result`;
  return html`<p>
    The signed result: <a href="${url}?format=csv">CSV</a>, <a href="${url}?format=json">JSON</a>
  </p>`;
}

function standing({ completedAt, cancelledAt, dueAt, createdAt, counts }: Review): string {
  if (completedAt) return `completed ${day(completedAt)}`;
  if (cancelledAt) return `cancelled ${day(cancelledAt)}`;
  const open = counts.items - counts.keep - counts.remove;
  return `${open} of ${counts.items} undecided, begun ${day(createdAt)}${dueAt ? `, due ${day(dueAt)}` : ''}`;
}

const people = (count: number): string => (count === 1 ? '1 member' : `${count} members`);

const EFFECTS: Readonly<Record<string, string>> = {
  removed: 'removed',
  was_out_already: 'was out already',
  refused_last_admin: 'stayed, as the last admin',
  refused_break_glass_required: 'stayed, as the last break-glass admin',
};
