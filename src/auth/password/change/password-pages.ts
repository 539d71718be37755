import { type Html, html } from '../../../http/html';
import type { HtmlPage } from '../../../http/html-page';
import { carriedOn, towards } from '../../browser/destination';
import { sentOnce } from '../../pages/forms/sent-once';
import { alarm, card, emailField, PAGES, type Typed } from '../../pages/pages';
import { LONGEST } from '../rules/password-rules.service';
import { LINK_MINUTES } from './reset-links.service';

export function forgotPage({ email, error, destination }: Typed = {}): HtmlPage {
  return {
    title: 'Choose a new password',
    body: card(html`
      <h1>Choose a new password</h1>
      <p class="soft">We send a link to your address.</p>
      ${alarm(error)}
      <form method="post" action="${PAGES.forgot}">
        ${carriedOn(destination)} ${emailField(email)}
        <button>Send the link</button>
      </form>
      <p class="soft after"><a href="${towards(PAGES.password, destination)}">Back</a></p>
    `),
  };
}

/** The same whether there was anybody to write to. */
export const sentPage = (destination: string | undefined): HtmlPage => ({
  status: 202,
  title: 'Look into your mail',
  body: card(html`
    <h1>Look into your mail</h1>
    <p>
      If there is an account with this address, a link is on its way. It works for ${LINK_MINUTES} minutes.
    </p>
    <p class="soft after"><a href="${towards(PAGES.password, destination)}">Sign in</a></p>
  `),
});

/** Opening it changes nothing. Its script moves the code from behind the # into the form; people can, too. */
export function resetPage({
  token,
  error,
  destination,
}: Omit<Typed, 'email'> & { token?: string | undefined }): HtmlPage {
  return {
    title: 'Choose a new password',
    takesFragment: true,
    body: card(html`
      <h1>Choose a new password</h1>
      <p class="soft">15 characters or more, such as a few words; 8 do if you use a second factor.</p>
      ${alarm(error)}
      <form method="post" action="${PAGES.reset}">
        ${sentOnce()} ${carriedOn(destination)} ${codeField(token)}
        <label for="password">New password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="new-password"
          required
          minlength="8"
          maxlength="${String(LONGEST)}"
        />
        <button>Use this password</button>
      </form>
    `),
  };
}

const codeField = (token: string | undefined): Html =>
  html`<label for="token">Code from the mail</label>
    <input
      id="token"
      name="token"
      data-takes-fragment
      autocomplete="off"
      required
      maxlength="256"
      placeholder="what follows the # in the link"
      value="${token ?? ''}"
    />`;

export const changedPage = (destination: string | undefined): HtmlPage => ({
  title: 'Your password is changed',
  body: card(html`
    <h1>Your password is changed</h1>
    <p>You were signed out everywhere. Sign in with the new one.</p>
    <p><a href="${towards(PAGES.signIn, destination)}">Sign in</a></p>
  `),
});
