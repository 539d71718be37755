import type { UserPrincipal } from '../../access/principal';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { showFields, type Values } from '../../auth/pages/forms/field';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import { alarm } from '../../auth/pages/pages';
import { SECTIONS } from '../../auth/pages/sections';
import { day } from '../../auth/pages/words';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { consoleFrame } from '../frame';
import { knownOf, scopeTags, type ShownApiKey, withScopes } from './api-keys-pages';

const { path } = SECTIONS.apiKeys;

export interface ApiKeyView {
  readonly key: ShownApiKey & { readonly revokedAt: Date | null; readonly replacedBy: string | null };
  /** Tells what the page shows from what is there when the form comes. */
  readonly edition: string;
  /** What was typed, and why it was not saved. */
  readonly refused?: { readonly typed: object; readonly detail: string };
}

/** One key as it stands, and what may be changed of it. */
export function apiKeyPage(caller: UserPrincipal, view: ApiKeyView): HtmlPage {
  const { key, refused } = view;
  return consoleFrame(caller, {
    section: SECTIONS.apiKeys,
    body: html`
      ${alarm(refused?.detail)}
      <h2>${key.name} <code>…${key.hint}</code></h2>
      <p class="soft">${knownOf(key)}</p>
      ${scopeTags(key.scopes)} ${formOrWhyNot(caller, view)}
      <p class="soft after"><a href="${path}">All keys</a></p>
    `,
  });
}

function formOrWhyNot(
  { permissions }: UserPrincipal,
  { key, edition, refused }: ApiKeyView,
): Html | undefined {
  if (key.revokedAt) return html`<p>This key is revoked; make a new one.</p>`;
  if (!permissions.has('api_keys:write')) return undefined;
  if (key.expiresAt && key.expiresAt <= new Date()) {
    return html`<p>This key has expired, for good.</p>
      ${successor(key)}`;
  }
  const fields = withScopes(CONSOLE_FORMS.apiKeyTerms.fields, permissions);
  const values = { ...(refused?.typed ?? valuesOf(key)), seen: edition };
  return html`<form method="post" action="${path}/${key.id}/terms">
      ${showFields(fields, { values })}
      <button>Save</button>
    </form>
    ${successor(key)}`;
}

/** A new text for whatever uses the key, with time to put it there. */
function successor({ id, replacedBy }: ApiKeyView['key']): Html {
  if (replacedBy !== null) {
    return html`<p><a href="${path}/${replacedBy}">Another key</a> stands in the place of this one.</p>`;
  }
  return html`<h2>Put a new key in its place</h2>
    <p>It may do the same, for as long again.</p>
    <form method="post" action="${path}/${id}/rotate">
      ${sentOnce()} ${showFields(CONSOLE_FORMS.apiKeyRotation.fields, { values: { overlap: '86400' } })}
      <button class="quiet">Make the new one</button>
    </form>`;
}

const valuesOf = ({ name, scopes, expiresAt, allowedIps, ...limit }: ShownApiKey): Values => ({
  ...{ name, scopes, allowedIps },
  until: lastDay(expiresAt),
  rateRequests: limit.rateLimitRequests,
  rateSeconds: limit.rateLimitSeconds,
});

/** As the form has it. */
export const lastDay = (expiresAt: Date | null): string => (expiresAt ? day(expiresAt) : '');
