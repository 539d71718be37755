import { html, type Html } from '../../http/html';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';

const ACTION = '/setup';

/**
 * Three ways to say the same; the first is the best, since it can be read again when certificates change. Where an admin
 * has decided whose signature metadata must carry, nothing else is offered.
 */
export function samlForms(token: Html, { saml }: SetupView['connection']): Html {
  const isSigned = (saml?.metadataCertificates.length ?? 0) > 0;
  return html`<form method="post" action="${ACTION}">
      ${token}
      <label for="metadataUrl">Metadata URL</label>
      <input
        id="metadataUrl"
        name="metadataUrl"
        type="url"
        maxlength="2048"
        placeholder="https://"
        required
      />
      ${isSigned ? undefined : signer('metadataUrl')}
      <button class="quiet">Read it from there</button>
    </form>
    <details>
      <summary>Or paste the metadata</summary>
      <form method="post" action="${ACTION}">
        ${token}
        <label for="metadataXml">Metadata (XML)</label>
        <textarea id="metadataXml" name="metadataXml" rows="8" spellcheck="false" required></textarea>
        ${isSigned ? undefined : signer('metadataXml')}
        <button class="quiet">Read it</button>
      </form>
    </details>
    ${isSigned ? undefined : singleValues(token)}`;
}

const singleValues = (token: Html): Html =>
  html`<details>
    <summary>Or enter the single values</summary>
    <form method="post" action="${ACTION}">
      ${token}
      <label for="entityId">Entity ID (issuer)</label>
      <input id="entityId" name="entityId" maxlength="1024" required />
      <label for="ssoUrl">Single sign-on URL</label>
      <input id="ssoUrl" name="ssoUrl" type="url" maxlength="2048" required />
      <label for="certificate">Signing certificate (PEM or Base64)</label>
      <textarea id="certificate" name="certificate" rows="8" spellcheck="false" required></textarea>
      <button class="quiet">Save</button>
    </form>
  </details>`;

/** For whoever publishes signed metadata and can say by another way than the document who signs it. */
const signer = (form: string): Html =>
  html`<details>
    <summary>It is signed, and must always be</summary>
    <label for="${form}Certificate">Certificate that signs the metadata (PEM or Base64)</label>
    <textarea id="${form}Certificate" name="metadataCertificate" rows="4" spellcheck="false"></textarea>
  </details>`;

/** The secret is asked for each time: it is never shown, and a new issuer needs its own. */
export function oidcForm(token: Html, { oidc }: SetupView['connection']): Html {
  return html`<form method="post" action="${ACTION}">
    ${token}
    <label for="issuer">Issuer</label>
    <input id="issuer" name="issuer" type="url" maxlength="1024" value="${oidc?.issuer ?? ''}" required />
    <label for="clientId">Client ID</label>
    <input id="clientId" name="clientId" maxlength="512" value="${oidc?.clientId ?? ''}" required />
    <label for="clientSecret">Client secret</label>
    <input id="clientSecret" name="clientSecret" type="password" autocomplete="off" maxlength="2048" />
    ${
      oidc &&
      html`<p class="soft after">
        Leave the secret empty to keep the one we have. A new issuer needs its own.
      </p>`
    }
    <button class="quiet">Save</button>
  </form>`;
}
