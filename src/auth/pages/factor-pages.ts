import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Factor, FactorType } from '../factors/factor.entity';
import { alarm, card, PAGES } from './pages';
import { passkeyForm } from './passkey-form';

/** What somebody signs in with beside their password, and a passkey more. */
export function factorsPage(factors: readonly Factor[], error?: string): HtmlPage {
  return {
    title: 'Passkeys and second factors',
    script: PAGES.script,
    body: card(html`
      <h1>Passkeys and second factors</h1>
      ${alarm(error)}
      ${
        factors.length === 0
          ? html`<p class="soft">You have none yet.</p>`
          : html`<ul>
              ${factors.map(item)}
            </ul>`
      }
      ${passkeyForm({
        ceremony: 'create',
        action: PAGES.addFactor,
        options: '/v1/auth/factors',
        body: { type: 'webauthn' },
        fields: { factorId: '' },
        label: 'Add a passkey or security key',
      })}
      <noscript>
        <p class="soft">To add a passkey or security key, allow scripts in this browser.</p>
      </noscript>
      <p class="soft after"><a href="${PAGES.console}">Back</a></p>
    `),
  };
}

function item({ id, type, name, phoneHint, createdAt }: Factor): Html {
  return html`<li>
    ${name ?? WORDS[type]} ${phoneHint ?? undefined}
    <span class="soft">since ${createdAt.toISOString().slice(0, 10)}</span>
    <form method="post" action="${PAGES.removeFactor}">
      <input type="hidden" name="factorId" value="${id}" />
      <button class="quiet">Remove</button>
    </form>
  </li>`;
}

const WORDS: Record<FactorType, string> = {
  totp: 'Authenticator app',
  webauthn: 'Passkey or security key',
  sms: 'Codes by text message',
  recovery: 'Recovery codes',
};
