import type { UserPrincipal } from '../../access/principal';
import { CONSOLE_FORMS, SCOPE_CHOICES } from '../../auth/pages/forms/console-forms';
import { type Field, showFields } from '../../auth/pages/forms/field';
import { SECTIONS } from '../../auth/pages/sections';
import { day } from '../../auth/pages/words';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { consoleFrame, further, noticeOf, shownOnce } from '../frame';
import { sentOnce } from '../../auth/pages/forms/sent-once';

const { path } = SECTIONS.apiKeys;

/** A key, as far as the page tells of it. */
interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly string[];
  readonly allowedIps: readonly string[];
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedCall: string | null;
  readonly creatorLeftAt: Date | null;
}

export interface ApiKeysView {
  readonly keys: readonly ApiKey[];
  readonly next: string | null;
  readonly done?: string | undefined;
  /** The text of a key that was made just now. */
  readonly made?: string;
}

/** The keys that work. */
export function apiKeysPage(caller: UserPrincipal, { keys, next, done, made }: ApiKeysView): HtmlPage {
  const mayChange = caller.permissions.has('api_keys:write');
  return consoleFrame(caller, {
    section: SECTIONS.apiKeys,
    notice: noticeOf(DONE, done),
    body: html`
      ${made === undefined ? undefined : shownOnce('This is the new key.', made)}
      ${keys.length === 0 ? html`<p>No key works at present.</p>` : undefined}
      <ul class="rows">
        ${keys.map((key) => keyRow(key, mayChange))}
      </ul>
      ${further(path, next)} ${mayChange ? newKeyForm(caller) : undefined}
    `,
  });
}

function keyRow(key: ApiKey, mayChange: boolean): Html {
  const known = [
    `${key.scopes.length} ${key.scopes.length === 1 ? 'scope' : 'scopes'}`,
    key.expiresAt ? `until ${day(key.expiresAt)}` : 'until revoked',
    key.lastUsedAt
      ? `last used ${day(key.lastUsedAt)}${key.lastUsedCall ? ` for ${key.lastUsedCall}` : ''}`
      : 'never used',
    ...(key.allowedIps.length > 0 ? [`from ${key.allowedIps.join(', ')} only`] : []),
  ];
  return html`<li>
    <strong>${key.name}</strong> <code>…${key.hint}</code>
    <div class="soft">${known.join(' · ')}</div>
    ${key.creatorLeftAt ? html`<div class="alarm">Whoever made it has left: make it yours, or revoke it.</div>` : undefined}
    <details>
      <summary>Scopes</summary>
      <ul class="tags">
        ${key.scopes.map((scope) => html`<li><code>${scope}</code></li>`)}
      </ul>
    </details>
    ${
      mayChange
        ? html`<form method="post" action="${path}/${key.id}">
            ${key.creatorLeftAt ? html`<button class="quiet" name="how" value="adopt">Make it mine</button>` : undefined}
            <button class="quiet danger" name="how" value="revoke">Revoke</button>
          </form>`
        : undefined
    }
  </li>`;
}

const SIMPLE = ['name', 'preset', 'days'];

function newKeyForm({ permissions }: UserPrincipal): Html {
  // Nobody gives more than they have.
  const scopes = Object.fromEntries(
    Object.entries(SCOPE_CHOICES).filter(([scope]) => permissions.has(scope as keyof typeof SCOPE_CHOICES)),
  );
  const fields = CONSOLE_FORMS.apiKey.fields.map((field): Field =>
    field.name === 'scopes' ? { ...field, choices: scopes } : field,
  );
  const values = { preset: 'read-only', days: 90 };
  return html`
    <h2>Make a key</h2>
    <form method="post" action="${path}">
      ${sentOnce()}
      ${showFields(
        fields.filter(({ name }) => SIMPLE.includes(name)),
        { values },
      )}
      <details>
        <summary>Scopes one by one, addresses, a limit of its own</summary>
        ${showFields(fields.filter(({ name }) => !SIMPLE.includes(name)))}
      </details>
      <button>Make it</button>
    </form>
  `;
}

const DONE: Readonly<Record<string, string>> = {
  revoked: 'Revoked. Its next request is refused.',
  adopted: 'The key is yours now.',
};
