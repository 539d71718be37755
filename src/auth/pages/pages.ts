import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { applicationOf } from '../browser/application-return';
import { carriedOn, towards } from '../browser/destination';
import { BRAND } from './brand';
import { passkeyForm } from './passkey-form';
import { SECTIONS } from './sections';

/** Where the pages stand; forms and links name them from here only. */
export const PAGES = {
  signIn: '/login',
  password: '/login/password',
  passkey: '/login/passkey',
  script: '/login/passkeys.js',
  secondFactor: '/login/second-factor',
  forgot: '/login/forgot',
  reset: '/login/reset',
  setUp: '/login/second-factor/set-up',
  sendCode: '/login/second-factor/send',
  skip: '/login/second-factor/skip',
  factors: '/console/factors',
  addFactor: '/console/factors/add',
  addApp: '/console/factors/app',
  confirmApp: '/console/factors/app/confirm',
  addPhone: '/console/factors/phone',
  sendToPhone: '/console/factors/phone/send',
  confirmPhone: '/console/factors/phone/confirm',
  recoveryCodes: '/console/factors/recovery-codes',
  removeFactor: '/console/factors/remove',
  reviews: SECTIONS.reviews.path,
  console: '/console',
  signOut: '/console/sign-out',
} as const;

/** What was typed at the door, and what is wrong with it. */
export interface Typed {
  email?: string | undefined;
  error?: string | undefined;
  /** The page of the console that was wanted. */
  destination?: string | undefined;
}

/** The first question. Whether an address is known here shows in no answer. */
export function emailPage({ email, error, destination }: Typed = {}): HtmlPage {
  return {
    title: 'Sign in',
    formsLeadElsewhere: true,
    script: PAGES.script,
    body: card(html`
      <h1>Sign in</h1>
      <p class="soft">Your work email decides how: through your company, or with a password.</p>
      ${alarm(error)}
      <form method="post" action="${PAGES.signIn}">
        ${carriedOn(destination)} ${emailField(email)}
        <button>Continue</button>
      </form>
      ${passkeySignIn(destination)}
      <p class="soft after">
        <a href="${towards(PAGES.password, destination)}">Sign in with a password instead</a>
      </p>
    `),
  };
}

export function passwordPage({ email, error, destination }: Typed = {}): HtmlPage {
  return {
    title: 'Sign in with a password',
    formsLeadElsewhere: applicationOf(destination) !== undefined,
    body: card(html`
      <h1>Sign in with a password</h1>
      ${alarm(error)}
      <form method="post" action="${PAGES.password}">
        ${carriedOn(destination)} ${emailField(email)}
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          maxlength="1024"
          ${email ? html`autofocus` : undefined}
        />
        <button>Sign in</button>
      </form>
      <p class="soft after">
        <a href="${towards(PAGES.forgot, destination)}">Forgot it?</a> ·
        <a href="${towards(PAGES.signIn, destination)}">Back</a>
      </p>
    `),
  };
}

/** What goes on once somebody is signed in again: a form with what was typed, or a deed that needs no typing. */
export interface Again {
  readonly form: Html;
  readonly deed?: true;
}

/** Sign in there, and send what was typed from here: nothing of it is lost on the way. */
const inAnotherTab = ({ form, deed }: Again): Html => html`
  <p>
    <a href="${PAGES.signIn}" target="_blank">Sign in again in another tab</a>, then come back and
    ${deed ? 'press this' : 'send what you typed'}:
  </p>
  ${form}
`;

/** Nobody is signed in, or no longer. Signing in leads on to the page that was wanted. */
export function signedOutPage({
  again,
  destination,
}: {
  again: Again | undefined;
  destination: string | undefined;
}): HtmlPage {
  return {
    title: 'Not signed in',
    body: card(html`
      <h1>You are not signed in</h1>
      <p class="soft">Or your session has ended.</p>
      ${again ? inAnotherTab(again) : html`<p><a href="${towards(PAGES.signIn, destination)}">Sign in</a></p>`}
    `),
  };
}

/** Whoever turned passwords off with a session that one had opened. */
export const enforcedPage = (): HtmlPage => ({
  title: 'Passwords are refused',
  body: card(html`
    <h1>Passwords are refused from now on</h1>
    <p role="status">It is saved. The sessions that a password opened have ended, yours too.</p>
    <p><a href="${PAGES.signIn}">Sign in through your company</a></p>
    <p class="soft after">
      Whoever keeps a password <a href="${PAGES.password}">signs in with it</a> and a second factor.
    </p>
  `),
});

/** Signed in, but too long ago for what was asked. */
export function signInAgainPage(again?: Again): HtmlPage {
  return {
    title: 'Show that it is you',
    body: card(html`
      <h1>Show that it is you</h1>
      <p>This needs somebody who has signed in a moment ago.</p>
      ${
        again
          ? inAnotherTab(again)
          : html`<p><a href="${PAGES.signIn}">Sign in again</a>, then do it once more.</p>`
      }
      <p class="soft after"><a href="${PAGES.console}">Leave it</a></p>
    `),
  };
}

const passkeySignIn = (destination: string | undefined): Html =>
  passkeyForm({
    ceremony: 'get',
    action: PAGES.passkey,
    options: '/v1/auth/passkey/options',
    body: {},
    carried: carriedOn(destination),
    fields: {},
    label: 'Sign in with a passkey',
  });

export const card = (content: Html): Html => html`<main>${BRAND}${content}</main>`;

export function alarm(error: string | undefined): Html | undefined {
  return error === undefined ? undefined : html`<p class="alarm" role="alert">${error}</p>`;
}

export function emailField(email: string | undefined): Html {
  return html`<label for="email">Email</label>
    <input
      id="email"
      name="email"
      type="email"
      autocomplete="username"
      required
      maxlength="254"
      value="${email}"
      ${email ? undefined : html`autofocus`}
    />`;
}
