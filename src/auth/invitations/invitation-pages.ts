import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { OpenInvitation } from '../../members/invitations/invitation-acceptance.service';
import { towards } from '../browser/destination';
import { sentOnce } from '../pages/forms/sent-once';
import { alarm, card, PAGES } from '../pages/pages';
import type { NextStep } from './next-step';

/** Where the link of an invitation mail leads. */
export const INVITATION_PAGE = '/invitation';

/** What the invitation offers, and one button to accept it. */
export function invitationPage(token: string, invitation: OpenInvitation): HtmlPage {
  const { email, role, workspaceName, passwordHash, connection, asksForFactor } = invitation;
  const asksForPassword = passwordHash === null && !connection;
  return {
    title: `Join ${workspaceName}`,
    body: card(html`
      <h1>Join ${workspaceName}</h1>
      <p class="soft">You are invited as ${role}, with the address ${email}.</p>
      <form method="post" action="${INVITATION_PAGE}">
        ${sentOnce()} <input type="hidden" name="token" value="${token}" />
        ${asksForPassword ? newPassword({ isShort: asksForFactor }) : undefined}
        <button>Accept</button>
      </form>
    `),
  };
}

/** The form again, after what was typed could not be accepted; without the password. */
export function invitationRetryPage(
  { token, name }: { readonly token: string; readonly name: string },
  { error, asksForPassword }: { readonly error: string; readonly asksForPassword: boolean },
): HtmlPage {
  return {
    title: 'Accept the invitation',
    body: card(html`
      <h1>Accept the invitation</h1>
      ${alarm(error)}
      <form method="post" action="${INVITATION_PAGE}">
        ${sentOnce()} <input type="hidden" name="token" value="${token}" />
        ${asksForPassword ? newPassword({ name }) : undefined}
        <button>Accept</button>
      </form>
    `),
  };
}

/** Who is a member now, of what, and how they go on. */
export interface Joined {
  readonly workspaceName: string;
  readonly email: string;
  readonly signIn: NextStep;
}

/** `destination` is the page of the console that was wanted before. */
export function joinedPage(
  { workspaceName, email, signIn }: Joined,
  destination: string | undefined,
): HtmlPage {
  const way = signIn.method === 'sso' ? signIn.loginUrl : PAGES.signIn;
  return {
    title: `Welcome to ${workspaceName}`,
    body: card(html`
      <h1>Welcome to ${workspaceName}</h1>
      <p>You are a member now. Sign in as ${email} to go on.</p>
      <p><a href="${towards(way, destination)}">Sign in</a></p>
    `),
  };
}

/** What a password must be like stands beside its field before one is refused; a short one does beside a second factor. */
const newPassword = ({ name = '', isShort = false }: { name?: string; isShort?: boolean }): Html =>
  html`<label for="name">Your name</label>
    <input id="name" name="name" autocomplete="name" maxlength="200" value="${name}" />
    <label for="password">Choose a password</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="new-password"
      required
      minlength="8"
      maxlength="256"
      aria-describedby="password-help"
    />
    <p class="soft" id="password-help">
      ${isShort ? '8 characters or more; you set up a second factor when you sign in.' : '15 characters or more, such as a few words; 8 do if this workspace asks for a second factor.'}
    </p>`;
