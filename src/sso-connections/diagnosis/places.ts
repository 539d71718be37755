/** The products that instructions exist for; any other is `generic`. */
export const VENDORS = [
  ...(['okta', 'entra', 'google', 'jumpcloud', 'onelogin', 'ping', 'auth0', 'keycloak', 'generic'] as const),
] as const;
export type Vendor = (typeof VENDORS)[number];

/** What people call these products, beside their names here. */
const ALIASES: ReadonlyMap<string, Vendor> = new Map(
  Object.entries<Vendor>({
    azure: 'entra',
    azuread: 'entra',
    microsoft: 'entra',
    pingone: 'ping',
    pingfederate: 'ping',
    google_workspace: 'google',
  }),
);

/** The vendor that the free-text `provider` of a connection means. */
export function vendorOf(provider: string): Vendor {
  const name = provider.trim().toLowerCase();
  return VENDORS.find((vendor) => vendor === name) ?? ALIASES.get(name) ?? 'generic';
}

/** Where in each vendor's console a setting is, in the words of that console. */
export const PLACES = {
  acs_url: {
    okta: 'General → SAML Settings → Single sign-on URL, with "Use this for Recipient URL and Destination URL"',
    entra: 'Single sign-on → Basic SAML Configuration → Reply URL (Assertion Consumer Service URL)',
    google: 'Web and mobile apps → Service provider details → ACS URL',
    jumpcloud: 'SSO → ACS URLs → Default URL',
    onelogin: 'Configuration → ACS (Consumer) URL, Recipient, and ACS (Consumer) URL Validator',
    ping: 'Configuration → ACS URLs',
    auth0: 'Addons → SAML2 Web App → Settings → Application Callback URL',
    keycloak: 'Clients → Settings → Valid redirect URIs, and Assertion Consumer Service POST Binding URL',
    generic: 'the ACS URL (assertion consumer service, reply URL) of the application',
  },
  entity_id: {
    okta: 'General → SAML Settings → Audience URI (SP Entity ID)',
    entra: 'Single sign-on → Basic SAML Configuration → Identifier (Entity ID)',
    google: 'Web and mobile apps → Service provider details → Entity ID',
    jumpcloud: 'SSO → SP Entity ID',
    onelogin: 'Configuration → Audience (EntityID)',
    ping: 'Configuration → Entity ID',
    auth0: 'Addons → SAML2 Web App → Settings → "audience" in the JSON',
    keycloak: 'Clients → Settings → Client ID',
    generic: 'the entity ID (audience, SP identifier) of the application',
  },
  idp_entity_id: {
    okta: 'Sign On → SAML 2.0 → Issuer, or the Metadata URL',
    entra: 'Single sign-on → Set up → Microsoft Entra Identifier',
    google: 'Google Identity Provider details → Entity ID, or Download metadata',
    jumpcloud: 'SSO → IdP Entity ID; it is free text, and both sides must match',
    onelogin: 'SSO → Issuer URL',
    ping: 'Configuration → Issuer ID, or the IDP Metadata URL',
    auth0: 'Addons → SAML2 Web App → Usage → Issuer',
    keycloak: 'Realm settings → Endpoints → SAML 2.0 Identity Provider Metadata',
    generic: "the identity provider's own entity ID (issuer), as in its metadata",
  },
  certificate: {
    okta: 'Sign On → SAML Signing Certificates; the active one',
    entra: 'Single sign-on → SAML Certificates → App Federation Metadata Url, or Certificate (Base64)',
    google: 'Google Identity Provider details → Certificate, or Download metadata',
    jumpcloud: 'SSO → JumpCloud Metadata → Copy Metadata URL, after Activate',
    onelogin: 'SSO → X.509 Certificate → View Details',
    ping: 'Configuration → Download Signing Certificate, or the IDP Metadata URL',
    auth0: 'Settings → Advanced → Certificates, or Endpoints → SAML Metadata URL',
    keycloak: 'Realm settings → Keys → RS256 → Certificate, or the realm metadata',
    generic: "the identity provider's signing certificate, or its metadata",
  },
  signing: {
    okta: 'General → SAML Settings → Show Advanced Settings → Response, Assertion Signature, Signature Algorithm',
    entra: 'Single sign-on → SAML Certificates → Signing Option and Signing Algorithm',
    google: 'Web and mobile apps → Service provider details → Signed response',
    jumpcloud: 'SSO → Sign, and Signature Algorithm',
    onelogin: 'Configuration → SAML signature element; SSO → SAML Signature Algorithm',
    ping: 'Configuration → Signing Key → Sign Assertion, Sign Response; Signing Algorithm',
    auth0:
      'Addons → SAML2 Web App → Settings → "signResponse", "signatureAlgorithm": "rsa-sha256", "digestAlgorithm": "sha256"',
    keycloak:
      'Clients → Settings → Sign documents, Sign assertions, Signature algorithm, Canonicalization method',
    generic: 'what is signed (assertion, response) and by which algorithm',
  },
  encryption: {
    okta: 'General → SAML Settings → Show Advanced Settings → Assertion Encryption',
    entra: 'Single sign-on → Token encryption',
    google: 'not offered for custom applications',
    jumpcloud: 'SSO → SP Certificate',
    onelogin: 'Configuration → Encrypt assertion',
    ping: 'Configuration → Enable encryption',
    auth0: 'Addons → SAML2 Web App → Settings → "encrypt" keys of the JSON',
    keycloak: 'Clients → Keys → Encrypt assertions',
    generic: 'the encryption of assertions',
  },
  name_id: {
    okta: 'General → SAML Settings → Name ID format, and Application username',
    entra: 'Attributes & Claims → Unique User Identifier (Name ID)',
    google: 'Web and mobile apps → Service provider details → Name ID format, and Name ID',
    jumpcloud: 'SSO → SAMLSubject NameID, and SAMLSubject NameID Format',
    onelogin: 'Configuration → SAML nameID format',
    ping: 'Attribute Mappings → saml_subject',
    auth0: 'Addons → SAML2 Web App → Settings → "nameIdentifierFormat", "nameIdentifierProbes"',
    keycloak: 'Clients → Settings → Name ID format, and Force name ID format',
    generic: 'the NameID and its format',
  },
  attributes: {
    okta: 'General → SAML Settings → Attribute Statements; for OpenID Connect: the scopes email and profile',
    entra: 'Attributes & Claims; for OpenID Connect: Token configuration → Add optional claim',
    google: 'Web and mobile apps → SAML attribute mapping',
    jumpcloud: 'SSO → Attributes → User Attribute Mapping',
    onelogin: 'Parameters, each with "Include in SAML assertion"',
    ping: 'Attribute Mappings',
    auth0:
      'Addons → SAML2 Web App → Settings → "mappings"; for OpenID Connect: an Action that sets the claim',
    keycloak: 'Clients → Client scopes → Dedicated scope → Mappers',
    generic: 'the attributes (claims) that are sent about a person',
  },
  assignment: {
    okta: 'Assignments',
    entra: 'Users and groups; Properties → Assignment required',
    google: 'Web and mobile apps → User access',
    jumpcloud: 'User Groups: people reach the application through a bound group only',
    onelogin: 'Users, Access → Roles',
    ping: 'Access → Groups, and the toggle of the application',
    auth0: 'Applications → Connections, and Actions that deny access',
    keycloak: 'Authentication flow of the client, and Users → Enabled',
    generic: 'who is assigned to the application',
  },
  sign_in_start: {
    okta: 'Open our sign-in address; a Bookmark App can stand in for the tile',
    entra: 'Single sign-on → Basic SAML Configuration → Sign on URL',
    google: 'Web and mobile apps → Service provider details → Start URL',
    jumpcloud: 'SSO → Login URL',
    onelogin: 'Configuration → Login URL, and SAML initiator → Service Provider',
    ping: 'Configuration → Initiate Single Sign-On URL',
    auth0: 'Settings → Application Login URI',
    keycloak: 'Clients → Settings → Home URL',
    generic: 'the address where a sign-in starts',
  },
  session: {
    okta: 'Security → Authentication policies → session lifetime',
    entra: 'Conditional Access → Session → Sign-in frequency',
    google: 'Security → Google session control',
    jumpcloud: 'Conditional Policies → session duration',
    onelogin: 'Security → Policies → Session',
    ping: 'Authentication → Policies; Configuration → Assertion Validity Duration',
    auth0: 'Settings → Advanced → session lifetime; "lifetimeInSeconds" of the add-on',
    keycloak: 'Realm settings → Sessions, and Clients → Advanced → Assertion Lifespan',
    generic: 'how long sessions and assertions last',
  },
  clock: {
    okta: 'Okta keeps its own clock: look at that of this service',
    entra: 'Microsoft keeps its own clock: look at that of this service',
    google: 'Google keeps its own clock: look at that of this service',
    jumpcloud: 'JumpCloud keeps its own clock: look at that of this service',
    onelogin: 'OneLogin keeps its own clock: look at that of this service',
    ping: 'PingOne keeps its own clock; for PingFederate the NTP of its servers',
    auth0: 'Auth0 keeps its own clock: look at that of this service',
    keycloak: 'the NTP of the Keycloak server',
    generic: "the clock (NTP) of the identity provider's servers",
  },
  redirect_uri: {
    okta: 'General → LOGIN → Sign-in redirect URIs',
    entra: 'App registrations → Authentication → Web → Redirect URIs',
    google: 'APIs & Services → Credentials → OAuth 2.0 Client IDs → Authorized redirect URIs',
    jumpcloud: 'SSO → Redirect URIs',
    onelogin: 'Configuration → Redirect URIs',
    ping: 'Configuration → Redirect URIs',
    auth0: 'Settings → Allowed Callback URLs',
    keycloak: 'Clients → Settings → Valid redirect URIs',
    generic: 'the redirect URIs of the client',
  },
  client: {
    okta: 'General → Client Credentials',
    entra: 'App registrations → Certificates & secrets (the Value, not the Secret ID), and its Expires',
    google: 'APIs & Services → Credentials → OAuth 2.0 Client IDs',
    jumpcloud: 'SSO → Client ID, Client Secret, and Client Authentication Type',
    onelogin: 'SSO → Client ID, Client Secret, and Token Endpoint → Authentication Method',
    ping: 'Configuration → Client ID, Client Secret, and Token Auth Method',
    auth0: 'Settings → Client ID and Client Secret; Credentials → Authentication Method',
    keycloak: 'Clients → Credentials, and Client authentication',
    generic: 'client id, client secret and the way the client authenticates',
  },
  oidc_issuer: {
    okta: 'the org URL, or Security → API → Authorization Servers → Issuer URI',
    entra:
      'App registrations → Overview → Directory (tenant) ID, in https://login.microsoftonline.com/{tenant}/v2.0',
    google: 'always https://accounts.google.com',
    jumpcloud: 'https://oauth.id.jumpcloud.com/ with the slash at the end',
    onelogin: 'SSO → Issuer URL',
    ping: 'Configuration → Issuer',
    auth0: 'Settings → Domain, as https://{domain}/ with the slash at the end',
    keycloak: 'Realm settings → Endpoints → OpenID Endpoint Configuration → issuer',
    generic: 'the issuer in its discovery document, character by character',
  },
  token: {
    okta: 'General → Client Credentials; Sign On → OpenID Connect ID Token',
    entra: 'App registrations → Token configuration, and Manifest',
    google: 'nothing to set: compare issuer and client',
    jumpcloud: 'SSO → the OIDC settings of the application',
    onelogin: 'SSO → Token Endpoint, and Configuration',
    ping: 'Configuration → Signing, and Attribute Mappings',
    auth0: 'Settings → Advanced → OAuth → JsonWebToken Signature Algorithm',
    keycloak: 'Clients → Advanced → Fine grain OpenID Connect configuration → ID token signature algorithm',
    generic: 'how ID tokens of the client are made and signed',
  },
} as const satisfies Record<string, Record<Vendor, string>>;

export type Place = keyof typeof PLACES;
