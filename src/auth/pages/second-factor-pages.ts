import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Enrolment } from '../factors/factor-enrolment.service';
import { alarm, card, PAGES } from './pages';

interface AskedFactor {
  readonly id: string;
  readonly type: string;
}

/** After a right password: a code of the authenticator app, or one from paper. */
export function secondFactorPage(mfaToken: string, factors: readonly AskedFactor[]): HtmlPage {
  const apps = factors.filter(({ type }) => type === 'totp');
  const recovery = factors.find(({ type }) => type === 'recovery');
  return {
    title: 'Enter a code',
    body: card(html`
      <h1>Enter a code</h1>
      <p class="soft">Your authenticator app shows it.</p>
      ${apps.map(({ id }) => codeForm(mfaToken, id, CODE_FIELD))}
      ${
        recovery
          ? html`<details>
              <summary>Use a recovery code instead</summary>
              ${codeForm(mfaToken, recovery.id, RECOVERY_FIELD)}
            </details>`
          : undefined
      }
      ${FROM_THE_BEGINNING}
    `),
  };
}

/** The workspace asks for a second factor and this person has none yet. */
export function enrollmentPage(mfaToken: string, enrolment: Enrolment): HtmlPage {
  if (enrolment.type !== 'totp') throw new Error('Not yet.');
  const { id: factorId, secret, otpauthUrl } = enrolment;
  return {
    title: 'Set up a second factor',
    body: card(html`
      <h1>Set up a second factor</h1>
      <p class="soft">
        This workspace asks for more than a password. Add this key to an authenticator app, as a time-based
        one, and enter the code that the app shows then.
      </p>
      <p><code>${secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></p>
      <p><a href="${otpauthUrl}">Open in an app on this device</a></p>
      ${codeForm(mfaToken, factorId, CODE_FIELD)} ${FROM_THE_BEGINNING}
    `),
  };
}

/** After a code that was wrong. */
export function codeAgainPage(mfaToken: string, factorId: string, error: string): HtmlPage {
  return {
    title: 'Enter a code',
    body: card(html`
      <h1>Enter a code</h1>
      ${alarm(error)} ${codeForm(mfaToken, factorId, ANY_FIELD)} ${FROM_THE_BEGINNING}
    `),
  };
}

/** Shown once. The person is signed in by now. */
export function recoveryCodesPage(codes: readonly string[]): HtmlPage {
  return {
    title: 'Recovery codes',
    body: card(html`
      <h1>Keep these recovery codes</h1>
      <p class="soft">
        Each one lets you in once when your authenticator app is out of reach. They are shown here and never
        again.
      </p>
      <ul>
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
      <p><a href="${PAGES.console}">I have kept them</a></p>
    `),
  };
}

function codeForm(mfaToken: string, factorId: string, field: Html): Html {
  return html`<form method="post" action="${PAGES.secondFactor}">
    <input type="hidden" name="mfaToken" value="${mfaToken}" />
    <input type="hidden" name="factorId" value="${factorId}" />
    <label>Code ${field}</label>
    <button>Sign in</button>
  </form>`;
}

const CODE_FIELD = html`<input
  name="code"
  inputmode="numeric"
  autocomplete="one-time-code"
  required
  maxlength="16"
  autofocus
/>`;

const RECOVERY_FIELD = html`<input name="code" autocomplete="off" required maxlength="64" />`;

const ANY_FIELD = html`<input name="code" autocomplete="one-time-code" required maxlength="64" autofocus />`;

const FROM_THE_BEGINNING = html`<p class="soft after"><a href="${PAGES.signIn}">Begin again</a></p>`;
