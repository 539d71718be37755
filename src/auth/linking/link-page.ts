import { html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { LINK_PAGE, type OpenProof } from './link-proofs.service';
import { card, PAGES } from '../pages/pages';
import type { WayOfProof } from './account-proof.service';

/** Asks once for the account that is there already. */
export function linkPage({ proof, way }: { proof: OpenProof; way: WayOfProof }): HtmlPage {
  const { memberEmail, connectionName } = proof;
  return {
    title: 'Link your account',
    formsLeadElsewhere: true,
    body: card(html`
      <h1>Link your account</h1>
      <p class="soft">
        ${memberEmail} has an account here. Prove once that it is yours, and from then on you sign in to it
        through ${connectionName}.
      </p>
      ${FORMS[way]}
      <p class="soft after">Not you? Close this page; the admins decide.</p>
    `),
  };
}

const FORMS = {
  session: html`<form method="post" action="${LINK_PAGE}">
    <p>You are signed in to this account in this browser.</p>
    <button>Link it</button>
  </form>`,
  password: html`<form method="post" action="${LINK_PAGE}">
    <label for="password">Password of your account here</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="current-password"
      required
      maxlength="1024"
      autofocus
    />
    <button>Link it</button>
  </form>`,
  none: html`<p>
    First <a href="${PAGES.signIn}">sign in to that account</a> in this browser, then open this page again
    within ten minutes.
  </p>`,
} as const;
