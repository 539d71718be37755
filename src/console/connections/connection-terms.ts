import { CONNECTION_FORMS } from '../../auth/pages/forms/connection-forms';
import { type Field, showFields } from '../../auth/pages/forms/field';
import { shownHere } from '../../auth/pages/forms/seen';
import { openIf } from '../../auth/setup/setup-forms';
import { type Html, html } from '../../http/html';
import { PLACES, vendorOf } from '../../sso-connections/diagnosis/vendor-consoles';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { of } from '../frame';

type Connection = SetupView['connection'];

/** What it is called, and which product it is. */
export const naming = (here: string, { name, provider, revision }: Connection): Html =>
  html`<details>
    <summary ${of('Rename it, or say which product it is:', name)}>
      Rename it, or say which product it is
    </summary>
    <form method="post" action="${here}/name">
      ${shownHere(revision)}
      ${showFields(CONNECTION_FORMS.name.fields, { values: { name, provider: vendorOf(provider) } })}
      <button class="quiet" ${of('Save:', 'name and product')}>Save</button>
    </form>
  </details>`;

const [SIGNED, FORCED, FROM_TILES, WAYS, COMPARISON] = CONNECTION_FORMS.signIns.fields;

/** What is demanded of sign-ins by SAML, once there is somebody to demand it of. */
export function signInTerms(
  here: string,
  { provider, detected, saml, revision }: Connection,
): Html | undefined {
  if (!saml) return undefined;
  const context = saml.requestedAuthnContext;
  const values = { ...saml, ...context };
  // Microsoft refuses every request that compares in another way.
  const comparison = detected?.provider === 'entra' ? [] : [COMPARISON];
  return html`<h2>How people sign in</h2>
    <form method="post" action="${here}/sign-ins">
      ${shownHere(revision)}
      ${showFields([{ ...SIGNED, help: PLACES.signing[vendorOf(provider)] }, FORCED, FROM_TILES], { values })}
      <details ${openIf(Boolean(context))}>
        <summary>Ask for a way of signing in, such as a second factor</summary>
        ${showFields([WAYS, ...comparison], { values })}
      </details>
      <button class="quiet" ${of('Save:', 'How people sign in')}>Save</button>
    </form>`;
}

const [AGE, PROMPT, ACR_VALUES, ACR_REQUIRED] = CONNECTION_FORMS.oidcSignIns.fields;

/** The same of sign-ins by OpenID Connect. */
export function oidcSignInTerms(here: string, { oidc, revision }: Connection): Html | undefined {
  if (!oidc) return undefined;
  const values = { ...oidc };
  return html`<h2>How people sign in</h2>
    <form method="post" action="${here}/sign-ins/oidc">
      ${shownHere(revision)} ${showFields([AGE, PROMPT], { values })}
      <details ${openIf(oidc.acrValues.length > 0)}>
        <summary>Ask for a way of signing in, such as a second factor</summary>
        ${showFields([ACR_VALUES, ACR_REQUIRED], { values })}
      </details>
      <button class="quiet" ${of('Save:', 'How people sign in')}>Save</button>
    </form>`;
}

const [FORMAT, ...TRAVEL] = CONNECTION_FORMS.messages.fields;

/** How messages of SAML look and travel: what hardly anybody has to say, so it unfolds where somebody did. */
export function messageTerms(here: string, { saml, revision }: Connection): Html | undefined {
  if (!saml) return undefined;
  const { nameIdFormat, requestBinding, signRequests, allowWeakEncryption } = saml;
  const isUsual = nameIdFormat === null && requestBinding === 'redirect' && signRequests;
  return html`<details ${openIf(!isUsual || allowWeakEncryption)}>
    <summary>How messages look and travel: Name ID, binding, signature, encryption</summary>
    <form method="post" action="${here}/messages">
      ${shownHere(revision)} ${showFields([withPresent(nameIdFormat), ...TRAVEL], { values: { ...saml } })}
      <button class="quiet" ${of('Save:', 'How messages look and travel')}>Save</button>
    </form>
  </details>`;
}

/** The calls take formats that hardly any product knows; the page keeps them. */
const withPresent = (format: string | null): Field =>
  format === null || format in FORMAT.choices
    ? FORMAT
    : { ...FORMAT, choices: { ...FORMAT.choices, [format]: format } };
