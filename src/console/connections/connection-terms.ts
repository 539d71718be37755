import { CONNECTION_FORMS } from '../../auth/pages/forms/connection-forms';
import { showFields } from '../../auth/pages/forms/field';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import { type Html, html } from '../../http/html';
import { PLACES, vendorOf } from '../../sso-connections/diagnosis/places';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { of } from '../frame';

type Connection = SetupView['connection'];

/** What it is called, and which product it is. */
export const naming = (here: string, { name, provider }: Connection): Html =>
  html`<details>
    <summary ${of('Rename it, or say which product it is:', name)}>
      Rename it, or say which product it is
    </summary>
    <form method="post" action="${here}/name">
      ${showFields(CONNECTION_FORMS.name.fields, { values: { name, provider: vendorOf(provider) } })}
      <button class="quiet" ${of('Save:', 'name and product')}>Save</button>
    </form>
  </details>`;

const [SIGNED, FORCED, FROM_TILES, WAYS, COMPARISON] = CONNECTION_FORMS.signIns.fields;

/** What is demanded of sign-ins by SAML, once there is somebody to demand it of. */
export function signInTerms(here: string, { provider, detected, saml }: Connection): Html | undefined {
  if (!saml) return undefined;
  const context = saml.requestedAuthnContext;
  const values = { ...saml, ...context };
  // Microsoft refuses every request that compares in another way.
  const comparison = detected?.provider === 'entra' ? [] : [COMPARISON];
  return html`<h2>How people sign in</h2>
    <form method="post" action="${here}/sign-ins">
      ${showFields([{ ...SIGNED, help: PLACES.signing[vendorOf(provider)] }, FORCED, FROM_TILES], { values })}
      <details ${context ? html`open` : undefined}>
        <summary>Ask for a way of signing in, such as a second factor</summary>
        ${showFields([WAYS, ...comparison], { values })}
      </details>
      <button class="quiet" ${of('Save:', 'How people sign in')}>Save</button>
    </form>`;
}

/** For clients that sign: the key, which has to be there before it can be chosen. */
export function keyInPlaceOfSecret(here: string, { type, keys }: Connection): Html | undefined {
  if (type !== 'oidc') return undefined;
  if (keys.some(({ state }) => state === 'active')) return undefined;
  return html`<h2>A key of ours in place of the secret</h2>
    <p class="soft">
      Some providers take a signature in place of a client secret (private_key_jwt). Nothing changes until it
      is chosen in step 2, under “More settings”.
    </p>
    <form method="post" action="${here}/key">
      ${sentOnce()}
      <button class="quiet">Make a key</button>
    </form>`;
}
