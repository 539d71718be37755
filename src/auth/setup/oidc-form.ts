import { html, type Html } from '../../http/html';
import { PLACES, type Vendor, vendorOf } from '../../sso-connections/diagnosis/vendor-consoles';
import { OIDC_DEFAULTS } from '../../sso-connections/oidc-set-up';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { type Field, showFields, type Values } from '../pages/forms/field';
import { shownHere } from '../pages/forms/seen';
import { day } from '../pages/words';
import { ENDPOINT_FIELDS, SETUP_FIELDS } from './setup-fields';
import { openIf, type SetupForms, standingOf } from './setup-forms';

type Connection = SetupView['connection'];

/** Those whose issuer is the same for every customer. */
const ONLY_ISSUER: Partial<Record<Vendor, string>> = {
  google: 'https://accounts.google.com',
  jumpcloud: 'https://oauth.id.jumpcloud.com/',
};

/** Where the two stand in different places there. */
const CLIENT_ID_THERE: Partial<Record<Vendor, string>> = {
  entra: 'App registrations → Overview → Application (client) ID',
};

/** What the way of proving who we are is called in the console of the product. */
const PROOF_THERE: Partial<Record<Vendor, string>> = {
  jumpcloud: 'Client Authentication Type',
  onelogin: 'Authentication Method',
  ping: 'Token Auth Method',
  auth0: 'Authentication Method',
};

/** What the end of a secret is called where secrets end. */
const SECRET_END_THERE: Partial<Record<Vendor, string>> = { entra: 'Expires' };

/** Whose secrets last until somebody takes them away. */
const ENDLESS_SECRETS: ReadonlySet<Vendor> = new Set(['google', 'okta']);

const [ISSUER, CLIENT_ID, SECRET, SECRET_END, ...OTHERS] = SETUP_FIELDS.issuer;
const [HOSTED_DOMAIN, TENANT_ID, PROOF, SCOPES, READ_AGAIN, ...LAST] = OTHERS;
const KEPT = LAST.filter(({ kind }) => kind === 'kept');

/** What is to be known of an OpenID Provider; what few have to say stands folded. The secret is never shown. */
export function oidcForm({ action, hidden, once, refused }: SetupForms, connection: Connection): Html {
  const vendor = productOf(connection);
  const more = moreFields(vendor, connection);
  const standing = { values: valuesOf(vendor, connection), ...standingOf('issuer', refused) };
  return html`<form method="post" action="${action('issuer')}">
    ${hidden} ${once} ${shownHere(connection.revision)}
    ${showFields(firstFields(vendor, connection), standing)}
    <details ${openIf(more.some(({ name }) => standing.wrong?.has(name)))}>
      <summary>More settings</summary>
      ${showFields(more, standing)}
    </details>
    <details ${openIf(ENDPOINT_FIELDS.some(({ name }) => standing.values[name]))}>
      <summary>It publishes no discovery document: enter its endpoints</summary>
      <p class="soft">
        Most providers say below their issuer (/.well-known/openid-configuration) where their endpoints are;
        then leave these empty. What is entered here is never read again.
      </p>
      ${showFields(ENDPOINT_FIELDS, standing)}
    </details>
    ${showFields(KEPT, standing)}
    <button class="quiet">Save</button>
  </form>`;
}

/** The product that was picked, or else the one whose addresses these are. */
function productOf({ provider, detected }: Connection): Vendor {
  const picked = vendorOf(provider);
  return picked === 'generic' ? vendorOf(detected?.provider ?? '') : picked;
}

function firstFields(vendor: Vendor, { oidc }: Connection): Field[] {
  return [
    { ...ISSUER, help: PLACES.oidc_issuer[vendor] },
    { ...CLIENT_ID, help: CLIENT_ID_THERE[vendor] },
    { ...SECRET, help: oidc ? helpWithKnown(oidc) : PLACES.client[vendor] },
    ...(mayEnd(vendor, oidc) ? [namedAsThere(SECRET_END, SECRET_END_THERE[vendor])] : []),
    ...(vendor === 'google' || oidc?.hostedDomain ? [HOSTED_DOMAIN] : []),
  ];
}

/** Where a key of ours stands in its place, there is no secret that could end. */
const mayEnd = (vendor: Vendor, oidc: Connection['oidc']): boolean =>
  oidc?.tokenEndpointAuthMethod !== 'private_key_jwt' &&
  (!ENDLESS_SECRETS.has(vendor) || Boolean(oidc?.clientSecretExpiresAt));

/** With the word of the product, where it has one. */
const namedAsThere = <F extends Field>(field: F, there: string | undefined): F =>
  there === undefined ? field : { ...field, label: `${field.label} (${there})` };

function moreFields(vendor: Vendor, { oidc, keys }: Connection): Field[] {
  const method = oidc?.tokenEndpointAuthMethod;
  const hasKey = keys.some(({ state }) => state === 'active');
  const others = Object.entries(PROOF.choices).filter(
    ([way]) => way !== '' && way !== method && (way !== 'private_key_jwt' || hasKey),
  );
  return [
    ...(vendor === 'entra' || oidc?.entraTenantId ? [TENANT_ID] : []),
    {
      ...namedAsThere(PROOF, PROOF_THERE[vendor]),
      choices: { '': method ? `${method}, as now` : 'as the provider lists', ...Object.fromEntries(others) },
    },
    SCOPES,
    ...(oidc && !oidc.manual ? [READ_AGAIN] : []),
  ];
}

const helpWithKnown = ({ tokenEndpointAuthMethod }: NonNullable<Connection['oidc']>): string =>
  tokenEndpointAuthMethod === 'private_key_jwt'
    ? 'There is none: a key of ours stands in its place. Another way of proving who we are needs one.'
    : 'Leave the secret empty to keep the one we have. A new issuer needs its own.';

const valuesOf = (vendor: Vendor, { oidc }: Connection): Values => ({
  issuer: oidc?.issuer ?? ONLY_ISSUER[vendor],
  ...(oidc?.manual && Object.fromEntries(ENDPOINT_FIELDS.map(({ name }) => [name, oidc[name]]))),
  knownIssuer: oidc?.issuer,
  knownEndpoints: oidc?.manual ? 'typed' : undefined,
  clientId: oidc?.clientId,
  clientSecretExpiresAt: oidc?.clientSecretExpiresAt && day(oidc.clientSecretExpiresAt),
  knownSecretEnd: oidc?.clientSecretExpiresAt?.toISOString(),
  hostedDomain: oidc?.hostedDomain,
  entraTenantId: oidc?.entraTenantId,
  scopes: (oidc?.scopes ?? OIDC_DEFAULTS.scopes).join(' '),
});
