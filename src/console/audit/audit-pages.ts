import type { UserPrincipal } from '../../access/principal';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { showFields } from '../../auth/pages/forms/field';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { consoleFrame, further, instant } from '../frame';

const { path } = SECTIONS.audit;

/** An entry, as far as the page tells of it. */
interface Entry {
  readonly time: Date;
  readonly type: string;
  readonly risk: string;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly actorEmail: string | null;
  readonly targetType: string | null;
  readonly targetId: string | null;
  readonly ip: string | null;
  readonly requestId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is looked for, as it was typed. */
export interface AuditSearch {
  readonly text?: string | undefined;
  readonly actor?: string | undefined;
  readonly type?: string | undefined;
  readonly risk?: string | undefined;
}

export interface AuditView {
  readonly entries: readonly Entry[];
  /** What the programs among those who did them are called now, by id. */
  readonly names: ReadonlyMap<string, { readonly kind: string; readonly name: string }>;
  readonly next: string | null;
  readonly search: AuditSearch;
}

/** The log, newest first. */
export function auditPage(caller: UserPrincipal, { entries, names, next, search }: AuditView): HtmlPage {
  const given = Object.fromEntries(Object.entries(search).filter(([, value]) => value)) as Record<
    string,
    string
  >;
  const exported = (format: string): string =>
    `/v1/audit-events/export?${new URLSearchParams({ format, ...given }).toString()}`;
  return consoleFrame(caller, {
    section: SECTIONS.audit,
    body: html`
      <form method="get" action="${path}">
        ${showFields(CONSOLE_FORMS.auditSearch.fields, { values: { ...search } })}
        <button class="quiet">Search</button>
      </form>
      <p class="soft">
        All of these as a file: <a href="${exported('csv')}">CSV</a>,
        <a href="${exported('ndjson')}">NDJSON with proofs</a>
      </p>
      ${entries.length === 0 ? html`<p>Nothing ${next === null ? 'fits' : 'on this page; there is more to look through'}.</p>` : undefined}
      <ul class="rows">
        ${entries.map((entry) => entryRow(entry, actorOf(entry, names)))}
      </ul>
      ${further(path, next, given)}
    `,
  });
}

/** Whoever did it, as people call them. */
function actorOf({ actorType, actorId, actorEmail }: Entry, names: AuditView['names']): string {
  const known = names.get(actorId ?? '');
  if (known) return `${known.kind} ${known.name}`;
  return `${actorEmail ?? actorId ?? actorType}${actorType === 'user' ? '' : ` (${actorType})`}`;
}

function entryRow(entry: Entry, actor: string): Html {
  const { time, type, risk, actorId, targetType, targetId, ip, requestId, data } = entry;
  return html`<li>
    <strong>${type}</strong> ${risk === 'low' ? undefined : html`<span class="chip ${risk}">${risk}</span>`}
    <div class="soft">${instant(time)} · ${actor}${ip ? ` from ${ip}` : ''}</div>
    <details>
      <summary>Details</summary>
      <dl>
        <dt>Done by</dt>
        <dd>${actor} <code>${actorId ?? ''}</code></dd>
        <dt>Target</dt>
        <dd>${targetType ?? '–'} <code>${targetId ?? ''}</code></dd>
        <dt>Request</dt>
        <dd><code>${requestId ?? '–'}</code></dd>
      </dl>
      <pre>${JSON.stringify(data, null, 2)}</pre>
    </details>
  </li>`;
}
