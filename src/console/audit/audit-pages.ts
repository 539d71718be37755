import type { UserPrincipal } from '../../access/principal';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import type { AuditEventType } from '../../audit/audit-event';
import { MEANINGS } from '../../audit/audit-event-meanings';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { consoleFrame, further, given, instant, of, searchForm } from '../frame';
import { sideBySide } from '../side-by-side';

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
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

export interface AuditView {
  readonly entries: readonly Entry[];
  /** What the programs among those who did them are called now, by id. */
  readonly names: ReadonlyMap<string, { readonly kind: string; readonly name: string }>;
  readonly next: string | null;
  readonly search: AuditSearch;
  /** The same, as the calls below /v1 are asked. */
  readonly filter: object;
}

/** The log, newest first. */
export function auditPage(
  caller: UserPrincipal,
  { entries, names, next, search, filter }: AuditView,
): HtmlPage {
  const exported = (format: string): string =>
    `/v1/audit-events/export?${new URLSearchParams({ format, ...given(filter) }).toString()}`;
  return consoleFrame(caller, {
    section: SECTIONS.audit,
    body: html`
      ${searchForm(path, CONSOLE_FORMS.auditSearch.fields, { ...search })}
      <p class="soft">
        Export these: <a href="${exported('csv')}">CSV</a>,
        <a href="${exported('ndjson')}">NDJSON with proofs</a>
      </p>
      ${entries.length === 0 ? html`<p>Nothing ${next === null ? 'found' : 'on this page; there is more to look through'}.</p>` : undefined}
      <ul class="rows">
        ${entries.map((entry, at) => entryRow(entry, actorOf(entry, names), at + 1))}
      </ul>
      ${further(path, next, given(search))}
    `,
  });
}

/** Whoever did it, as people call them. */
function actorOf({ actorType, actorId, actorEmail }: Entry, names: AuditView['names']): string {
  const known = names.get(actorId ?? '');
  if (known) return `${known.kind} ${known.name}`;
  const who = actorEmail ?? actorId;
  if (who === null) return actorType;
  return actorType === 'user' ? who : `${who} (${actorType})`;
}

/** Of what an entry tells, what people know those by whom or which it is about; the first of these. */
const NAMED_BY = ['email', 'userName', 'name', 'displayName', 'connection', 'domain', 'contactEmail'];

function aboutOf({ data }: Entry): string | undefined {
  const [name] = NAMED_BY.map((key) => data[key]).filter((value) => typeof value === 'string');
  return name;
}

function entryRow(entry: Entry, actor: string, place: number): Html {
  const about = aboutOf(entry);
  const { time, type, risk, actorId, targetType, targetId, ip, requestId, data } = entry;
  return html`<li>
    <strong>${wordsOf(type)}</strong> ${about && html`<span>${about}</span>`}
    ${risk === 'low' ? undefined : html`<span class="chip ${risk}">${risk}</span>`}
    <div class="soft">${instant(time)} · ${actor}${ip ? ` from ${ip}` : ''} · <code>${type}</code></div>
    <details>
      <summary ${of('Details', `of ${place}: ${type} ${about ?? ''}`)}>Details</summary>
      <dl>
        <dt>Done by</dt>
        <dd>${actor} <code>${actorId ?? ''}</code></dd>
        <dt>Target</dt>
        <dd>${targetType ?? '–'} <code>${targetId ?? ''}</code></dd>
        <dt>Request</dt>
        <dd><code>${requestId ?? '–'}</code></dd>
      </dl>
      ${dataPart(data)}
    </details>
  </li>`;
}

/** What an event of this type is, in short: how what it tells begins. */
function wordsOf(type: string): string {
  if (!Object.hasOwn(MEANINGS, type)) return type;
  const [words = type] = MEANINGS[type as AuditEventType].says.split(/[.:;](?: |$)/);
  return words;
}

/** What changed, side by side, and then all else that the entry tells. */
function dataPart({ before, after, ...others }: Entry['data']): Html {
  if (!isRecord(before) || !isRecord(after)) return asJson({ before, after, ...others });
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return html`${sideBySide(fields.map((field) => ({ field, before: before[field], after: after[field] })))}
  ${Object.keys(others).length === 0 ? undefined : asJson(others)}`;
}

const asJson = (data: object): Html => html`<pre tabindex="0">${JSON.stringify(data, null, 2)}</pre>`;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
