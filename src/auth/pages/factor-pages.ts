import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Enrolment } from '../factors/enrolment';
import type { Factor, FactorType } from '../factors/factor.entity';
import { DEEDS } from './forms/deed-again';
import { sentOnce } from './forms/sent-once';
import { keyForApp } from './key-for-app';
import { alarm, card, PAGES } from './pages';
import { newPhoneForm } from './phone-pages';
import { passkeyForm } from './passkey-form';
import { CODE_FIELD } from './second-factor-pages';

/** What somebody signs in with beside their password, and what can be added here. */
export function factorsPage(factors: readonly Factor[], offered: readonly string[]): HtmlPage {
  return {
    title: 'Passkeys and second factors',
    script: PAGES.script,
    body: card(html`
      <h1>Passkeys and second factors</h1>
      ${
        factors.length === 0
          ? html`<p class="soft">You have none yet.</p>`
          : html`<ul>
              ${factors.map(item)}
            </ul>`
      }
      ${offered.includes('totp') ? buttonTo(PAGES.addApp, DEEDS.addApp.label) : undefined}
      ${offered.includes('webauthn') ? NEW_PASSKEY : undefined}
      ${offered.includes('sms') ? newPhoneForm : undefined}
      <p class="soft after"><a href="${PAGES.console}">Back</a></p>
    `),
  };
}

/** The button stays where it is: pressed once more it does what it was pressed for. */
const STALE = html`This needs somebody who has signed in a moment ago.
  <a href="${PAGES.signIn}" target="_blank">Sign in again in another tab</a>, then come back and press it once
  more.`;

const NEW_PASSKEY = html`${passkeyForm({
    ceremony: 'create',
    action: PAGES.addFactor,
    options: '/v1/auth/factors',
    body: { type: 'webauthn' },
    fields: { factorId: '' },
    label: 'Add a passkey or security key',
    unless: STALE,
  })}
  <noscript>
    <p class="soft">To add a passkey or security key, allow scripts in this browser.</p>
  </noscript>`;

/** The key of an app, shown once, and a field for the first code that proves it. */
export function newAppPage(enrolment: Enrolment): HtmlPage {
  if (enrolment.type !== 'totp') throw new Error('Only an app has a key.');
  return {
    title: DEEDS.addApp.label,
    body: card(html`
      <h1>${DEEDS.addApp.label}</h1>
      <p class="soft">Scan this with the app, and enter the code that it shows then.</p>
      ${keyForApp(enrolment)} ${firstCodeForm(enrolment.id)}
    `),
  };
}

/** After a wrong first code. */
export function appCodeAgainPage(factorId: string, error: string): HtmlPage {
  return {
    title: DEEDS.addApp.label,
    body: card(html`
      <h1>${DEEDS.addApp.label}</h1>
      ${alarm(error)} ${firstCodeForm(factorId)}
      <p class="soft after">Does the app go on showing wrong codes? Take the key out of it again.</p>
      ${buttonTo(PAGES.addApp, 'Get another key')}
    `),
  };
}

/** After a code of a key that counts no more: one that was begun in another tab took its place, or it took too long. */
export const appKeyGonePage = (): HtmlPage => ({
  title: DEEDS.addApp.label,
  body: card(html`
    <h1>${DEEDS.addApp.label}</h1>
    ${alarm('The key that this page showed counts no more: another one was begun since, or it took too long.')}
    <p class="soft">Take it out of the app again, and go on with the other one, or with a new one.</p>
    ${buttonTo(PAGES.addApp, 'Get another key')}
    <p class="soft after"><a href="${PAGES.factors}">Leave it</a></p>
  `),
});

const firstCodeForm = (factorId: string): Html => html`
  <form method="post" action="${PAGES.confirmApp}">
    ${sentOnce()} <input type="hidden" name="factorId" value="${factorId}" />
    <label>Code ${CODE_FIELD}</label>
    <button>Add the app</button>
  </form>
  <p class="soft after"><a href="${PAGES.factors}">Leave it</a></p>
`;

const buttonTo = (action: string, label: string, once?: Html): Html => html`
  <form method="post" action="${action}">
    ${once}
    <button class="quiet">${label}</button>
  </form>
`;

function item({ id, type, name, phoneHint, createdAt }: Factor): Html {
  return html`<li>
    ${name ?? WORDS[type]} ${phoneHint ?? undefined}
    <span class="soft">since ${createdAt.toISOString().slice(0, 10)}</span>
    ${type === 'recovery' ? newCodesForm() : undefined}
    <form method="post" action="${PAGES.removeFactor}">
      <input type="hidden" name="factorId" value="${id}" />
      <button class="quiet" aria-label="Remove ${name ?? WORDS[type]}">Remove</button>
    </form>
  </li>`;
}

const newCodesForm = (): Html =>
  html`<details>
    <summary>Get new ones</summary>
    <p class="soft">The old ones end.</p>
    ${buttonTo(PAGES.recoveryCodes, DEEDS.newRecoveryCodes.label, sentOnce())}
  </details>`;

const WORDS: Record<FactorType, string> = {
  totp: 'Authenticator app',
  webauthn: 'Passkey or security key',
  sms: 'Codes by text message',
  recovery: 'Recovery codes',
};
