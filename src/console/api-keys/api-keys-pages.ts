import type { UserPrincipal } from '../../access/principal';
import { CONSOLE_FORMS, SCOPE_CHOICES } from '../../auth/pages/forms/console-forms';
import { type Field, showFields } from '../../auth/pages/forms/field';
import { SECTIONS } from '../../auth/pages/sections';
import { day } from '../../auth/pages/words';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { consoleFrame, endChip, endsInTwoSteps, further, noticeOf, of, shownOnce } from '../frame';
import { sentOnce } from '../../auth/pages/forms/sent-once';

const { path } = SECTIONS.apiKeys;

/** A key, as far as the page tells of it. */
export interface ShownApiKey {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly string[];
  readonly allowedIps: readonly string[];
  readonly expiresAt: Date | null;
  readonly rateLimitRequests: number | null;
  readonly rateLimitSeconds: number | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedCall: string | null;
  readonly creatorLeftAt: Date | null;
}

export interface ApiKeysView {
  readonly keys: readonly ShownApiKey[];
  readonly expired: boolean;
  readonly next: string | null;
  readonly done?: string | undefined;
  /** The text of a key that was made just now. */
  readonly made?: string;
}

/** The keys that work, or those that have expired. */
export function apiKeysPage(
  caller: UserPrincipal,
  { keys, expired, next, done, made }: ApiKeysView,
): HtmlPage {
  const mayChange = caller.permissions.has('api_keys:write');
  return consoleFrame(caller, {
    section: SECTIONS.apiKeys,
    notice: noticeOf(DONE, done),
    body: html`
      ${made === undefined ? undefined : shownOnce('This is the new key.', 'the key', made)}
      <p class="soft">
        ${expired ? html`<a href="${path}">Show active keys</a>` : html`<a href="${path}?show=expired">Show expired keys</a>`}
      </p>
      ${keys.length === 0 ? html`<p>${expired ? 'No expired keys.' : 'No active keys.'}</p>` : undefined}
      <ul class="rows">
        ${keys.map((key) => keyRow(key, mayChange))}
      </ul>
      ${further(path, next, expired ? { show: 'expired' } : {})} ${mayChange ? newKeyForm(caller) : undefined}
    `,
  });
}

/** How it stands, in one line. */
export const knownOf = (key: ShownApiKey): string =>
  [
    `${key.scopes.length} ${key.scopes.length === 1 ? 'scope' : 'scopes'}`,
    key.expiresAt ? `until ${day(key.expiresAt)}` : 'until revoked',
    key.lastUsedAt
      ? `last used ${day(key.lastUsedAt)}${key.lastUsedCall ? ` for ${key.lastUsedCall}` : ''}`
      : 'never used',
    ...(key.allowedIps.length > 0 ? [`from ${key.allowedIps.join(', ')} only`] : []),
    ...(key.rateLimitRequests === null
      ? []
      : [`${key.rateLimitRequests} requests in ${key.rateLimitSeconds} seconds`]),
  ].join(' · ');

export const scopeTags = (scopes: readonly string[]): Html => html`
  <ul class="tags">
    ${scopes.map((scope) => html`<li><code>${scope}</code></li>`)}
  </ul>
`;

function keyRow(key: ShownApiKey, mayChange: boolean): Html {
  return html`<li>
    <strong>${key.name}</strong> <code>…${key.hint}</code> ${endChip(key.expiresAt)}
    <div class="soft">${knownOf(key)}</div>
    ${key.creatorLeftAt ? html`<div class="alarm">Its creator has left: take it over, or revoke it.</div>` : undefined}
    ${mayChange ? html`<div><a href="${path}/${key.id}" ${of('Change', key.name)}>Change</a></div>` : undefined}
    <details>
      <summary ${of('Scopes', `of ${key.name}`)}>Scopes</summary>
      ${scopeTags(key.scopes)}
    </details>
    ${
      mayChange
        ? html`${key.creatorLeftAt ? adoptForm(key) : undefined}
          ${endsInTwoSteps({
            action: `${path}/${key.id}`,
            ...{ does: 'Revoke', what: key.name, fields: { how: 'revoke' } },
            follows: 'The next request with it is refused, for good. Put a new key in its place first.',
          })}`
        : undefined
    }
  </li>`;
}

const adoptForm = ({ id, name }: ShownApiKey): Html => html`
  <form method="post" action="${path}/${id}">
    <button class="quiet" name="how" value="adopt" ${of('Take it over:', name)}>Take it over</button>
  </form>
`;

const SIMPLE = ['name', 'preset', 'days'];

function newKeyForm({ permissions }: UserPrincipal): Html {
  const fields = withScopes(CONSOLE_FORMS.apiKey.fields, permissions);
  const values = { preset: 'read-only', days: 90 };
  return html`
    <h2>Create a key</h2>
    <form method="post" action="${path}">
      ${sentOnce()}
      ${showFields(
        fields.filter(({ name }) => SIMPLE.includes(name)),
        { values },
      )}
      <details>
        <summary>Single scopes, allowed addresses, rate limit</summary>
        ${showFields(fields.filter(({ name }) => !SIMPLE.includes(name)))}
      </details>
      <button>Create key</button>
    </form>
  `;
}

/** Nobody gives more than they have. */
export const withScopes = (fields: readonly Field[], offered: ReadonlySet<string>): readonly Field[] =>
  fields.map((field): Field =>
    field.kind === 'boxes' && field.name === 'scopes'
      ? {
          ...field,
          choices: Object.fromEntries(Object.entries(SCOPE_CHOICES).filter(([scope]) => offered.has(scope))),
        }
      : field,
  );

const DONE: Readonly<Record<string, string>> = {
  revoked: 'Revoked. Its next request is refused.',
  changed: 'Changed. It holds from the next request of this key on.',
  adopted: 'The key is yours now.',
};
