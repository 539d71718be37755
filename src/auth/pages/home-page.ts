import type { UserPrincipal } from '../../access/principal';
import { html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { PAGES } from './pages';
import { sectionsOf } from './sections';
import { shell } from './shell';

/** Who is signed in, where, in which role, and what that allows. */
export function consolePage(caller: UserPrincipal): HtmlPage {
  const { displayName, email, workspace, role, approver, permissions, method, sessionId, authenticatedAt } =
    caller;
  return {
    title: workspace.name,
    formsLeadElsewhere: caller.connectionId !== null,
    body: shell(
      caller,
      { path: PAGES.console, label: workspace.name },
      html`
        <h1>${displayName ?? email}</h1>
        <p class="soft">You are signed in to ${workspace.name}.</p>
        <dl>
          <dt>Email</dt>
          <dd>${email}</dd>
          <dt>Workspace</dt>
          <dd>${workspace.name} <code>${workspace.slug}</code></dd>
          <dt>Role</dt>
          <dd>${role}${approver ? ', approver' : ''}</dd>
          <dt>Signed in</dt>
          <dd>${METHODS[method]}, ${authenticatedAt.toISOString().replace('T', ' ').slice(0, 16)} UTC</dd>
          <dt>Session</dt>
          <dd><code>${sessionId}</code></dd>
        </dl>
        <details>
          <summary>What you may do here: ${permissions.size} permissions</summary>
          <ul class="tags">
            ${[...permissions].sort().map((permission) => html`<li><code>${permission}</code></li>`)}
          </ul>
        </details>
        <h2>Where to go</h2>
        <ul class="places">
          <li>
            <a href="${PAGES.factors}">Passkeys and second factors</a>
            <span class="soft">what you sign in with</span>
          </li>
          ${sectionsOf(caller).map(
            ({ path, label, about }) =>
              html`<li>
                <a href="${path}">${label}</a>
                <span class="soft">${about}</span>
              </li>`,
          )}
          <li>
            <a href="/docs">Everything else</a>
            <span class="soft">every call of the API, tried with your session</span>
          </li>
        </ul>
        <form method="post" action="${PAGES.signOut}">
          <button class="quiet">Sign out</button>
          ${
            caller.connectionId === null
              ? undefined
              : html`<button class="quiet" name="idp" value="1">Sign out of your company too</button>`
          }
        </form>
      `,
    ),
  };
}

const METHODS: Record<UserPrincipal['method'], string> = {
  password: 'with a password',
  passkey: 'with a passkey',
  saml: 'through your company (SAML)',
  oidc: 'through your company (OpenID Connect)',
};
