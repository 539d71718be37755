import type { UserPrincipal } from '../../access/principal';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { isComplete } from '../../sso-connections/completeness';
import type { ToldRevision } from '../../sso-connections/revisions/connection-history.service';
import { consoleFrame, endsInTwoSteps, further, instant, of } from '../frame';
import { pageOf } from './connection-page';
import { SETTING_LABELS } from './setting-labels';

export interface RevisionsView {
  readonly connection: {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    /** The number of the newest. */
    readonly revision: number;
  };
  readonly revisions: readonly ToldRevision[];
  readonly next: string | null;
}

/** What became of one connection, newest first: who changed what, and the way back. */
export function revisionsPage(
  caller: UserPrincipal,
  { connection, revisions, next }: RevisionsView,
): HtmlPage {
  const { id, name } = connection;
  const here = `${pageOf(id)}/revisions`;
  return consoleFrame(caller, {
    section: SECTIONS.connections,
    body: html`
      <h2>Revisions of ${name}</h2>
      <p class="soft">
        Every change of its settings, newest first, and who made it. Secrets are never shown.
      </p>
      <ul class="rows">
        ${revisions.map((revision) => revisionRow(here, revision, connection))}
      </ul>
      ${further(here, next)}
      <p class="soft after"><a href="${pageOf(id)}">Back to ${name}</a></p>
    `,
  });
}

function revisionRow(
  here: string,
  { number, snapshot, testedAt, provenAt, diff, ...made }: ToldRevision,
  { revision: newest, status }: RevisionsView['connection'],
): Html {
  return html`<li>
    <strong>Revision ${number}</strong>
    ${number === newest ? html`<span class="chip">newest</span>` : undefined}
    ${provenAt ? html`<span class="chip">people signed in</span>` : testedAt ? html`<span class="chip">tested</span>` : undefined}
    <div class="soft">${instant(made.createdAt)} · ${authorOf(made)}</div>
    <details>
      <summary ${of('What it changed:', `revision ${number}`)}>What it changed</summary>
      ${changesOf(diff)}
    </details>
    ${
      number !== newest && isComplete(snapshot)
        ? endsInTwoSteps({
            action: `${here}/${number}/restore`,
            does: 'Bring back',
            what: `revision ${number}`,
            follows: status === 'active' ? AT_ONCE : AFTER_A_TEST,
          })
        : undefined
    }
  </li>`;
}

const AT_ONCE = 'It counts from the next sign-in on, as a revision of its own.';
const AFTER_A_TEST =
  'It becomes the newest revision. Unless these settings have passed a test, they need one first.';

type Made = Pick<ToldRevision, 'author' | 'origin' | 'restoredFrom'>;

/** Who changed it, and by which way. */
function authorOf({ author, origin, restoredFrom }: Made): string {
  const who = author.email ?? author.id ?? author.type;
  switch (origin) {
    case 'setup_link':
      return `by a setup link${author.email ? ` of ${author.email}` : ''}`;
    case 'metadata_refresh':
      return 'read from the identity provider by itself';
    case 'rollback':
      return `brought back revision ${restoredFrom} by itself, after too many sign-ins failed`;
    case 'restore':
      return `${who} brought back revision ${restoredFrom}`;
    case 'admin':
      return author.type === 'api_key' ? `API key ${who}` : who;
  }
}

function changesOf({ before, after, clientSecret }: ToldRevision['diff']): Html {
  const known = Object.keys(SETTING_LABELS).filter((name) => name in before || name in after);
  const names = [...new Set([...known, ...Object.keys(before), ...Object.keys(after)])];
  if (names.length === 0 && !clientSecret) return html`<p class="soft">Nothing that is shown.</p>`;
  return html`<dl>
    ${names.map(
      (name) =>
        html`<dt>${SETTING_LABELS[name] ?? name}</dt>
          <dd>
            ${name in before ? html`<span class="soft">${written(before[name])} →</span>` : undefined}
            ${written(after[name])}
          </dd>`,
    )}
    ${
      clientSecret
        ? html`<dt>Client secret</dt>
            <dd>replaced</dd>`
        : undefined
    }
  </dl>`;
}

/** A setting as people read it. */
function written(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(written).join(', ');
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  const parts = Object.entries(value).filter(([, part]) => part !== null && part !== '');
  return parts.length === 0 ? 'none' : parts.map(([name, part]) => `${name}: ${written(part)}`).join('; ');
}
