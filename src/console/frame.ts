import { DAY_MS } from '../config/durations';
import { type Field, showFields, type Values } from '../auth/pages/forms/field';
import { sentOnce } from '../auth/pages/forms/sent-once';
import type { UserPrincipal } from '../access/principal';
import { copyable } from '../auth/pages/copyable';
import type { Section } from '../auth/pages/sections';
import { shell } from '../auth/pages/shell';
import { type Html, html } from '../http/html';
import type { HtmlPage } from '../http/html-page';

/** What a page of the console says: below the way to the other sections. */
export interface Content {
  readonly section: Section;
  readonly body: Html;
  /** What has just been done. */
  readonly notice?: string | undefined;
  readonly formsLeadElsewhere?: boolean;
}

/** A page of the console, as this person sees it. */
export function consoleFrame(
  caller: UserPrincipal,
  { section, body, notice, formsLeadElsewhere = false }: Content,
): HtmlPage {
  return {
    title: section.label,
    formsLeadElsewhere,
    copies: true,
    body: shell(
      caller,
      section,
      html`
        <h1>${section.label}</h1>
        ${notice === undefined ? undefined : html`<p class="notice" role="status">${notice}</p>`} ${body}
      `,
    ),
  };
}

/** What the page says has been done, by a word in its address: nothing for a word that it does not know. */
export const noticeOf = (
  sentences: Readonly<Record<string, string>>,
  done: string | undefined,
): string | undefined => (done !== undefined && Object.hasOwn(sentences, done) ? sentences[done] : undefined);

/** What was shown once and never again; `what` it is, for the button that copies it. */
export const shownOnce = (label: string, what: string, secret: string): Html => html`
  <div class="notice" role="status">
    <p><strong>${label}</strong> Copy it now: it is not shown again.</p>
    <p>${copyable(what, secret)}</p>
  </div>
`;

export interface Ending {
  readonly action: string;
  /** As in "Revoke", and what of: the button names both, for whoever hears it without the row around it. */
  readonly does: string;
  readonly what: string;
  /** What it means to people and programs. */
  readonly follows: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** Tells a button of a row from those of the other rows, for whoever hears it without the row around it. */
export const of = (label: string, what: string): Html => html`aria-label="${label} ${what}"`;

/** A deed of a row that one press does. */
export const rowButton = (action: string, label: string, what: string): Html =>
  html`<form method="post" action="${action}">
    <button class="quiet" ${of(label, what)}>${label}</button>
  </form>`;

/**
 * What ends something that others rely on: one press says what follows, the next one does it. Needs no script. A third one
 * hears that it is done, not that there is nothing here any more.
 */
export const endsInTwoSteps = ({ action, does, what, follows, fields = {} }: Ending): Html => html`
  <details>
    <summary ${of(does, what)}>${does}</summary>
    <form method="post" action="${action}">
      ${sentOnce()}
      ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
      <p class="soft">${follows}</p>
      <button class="quiet danger">${does} ${what}</button>
    </form>
  </details>
`;

/** `1 member`, `2 members` */
export const howMany = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** As people read it; in UTC, because the page does not know where they are. */
export const instant = (at: Date): string => `${at.toISOString().replace('T', ' ').slice(0, 16)} UTC`;

/** Of what has ended, or soon will: that it is so. */
export function endChip(expiresAt: Date | null, now = new Date()): Html | undefined {
  if (expiresAt === null) return undefined;
  const days = Math.ceil((expiresAt.getTime() - now.getTime()) / DAY_MS);
  if (days > 30) return undefined;
  const said = days <= 0 ? 'expired' : `ends in ${days} ${days === 1 ? 'day' : 'days'}`;
  return html`<span class="chip ${days > 7 ? 'low' : 'high'}">${said}</span>`;
}

/** Leads on to what comes after this page of a list. */
export function further(
  path: string,
  cursor: string | null,
  query: Readonly<Record<string, string>> = {},
  label = 'More',
): Html | undefined {
  if (cursor === null) return undefined;
  return html`<p><a href="${path}?${new URLSearchParams({ ...query, cursor }).toString()}">${label}</a></p>`;
}

/** What of a search was filled in, for the address of its next page. */
export const given = (asked: object): Record<string, string> =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value));

/** A search by several fields, beside each other where there is room. */
export const searchForm = (path: string, fields: readonly Field[], values: Values): Html => html`
  <form method="get" action="${path}" class="across">
    <div class="columns">
      ${fields.filter(({ kind }) => kind !== 'kept').map((field) => html`<div>${showFields([field], { values })}</div>`)}
    </div>
    ${showFields(
      fields.filter(({ kind }) => kind === 'kept'),
      { values },
    )}
    <button class="quiet">Search</button>
  </form>
`;
