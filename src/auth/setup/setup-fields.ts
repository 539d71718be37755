import type { Field } from '../pages/forms/field';

/** For whoever publishes signed metadata and can say by another way than the document who signs it. */
export const SIGNER: Field = {
  name: 'metadataCertificate',
  label: 'Certificate that signs the metadata (PEM or Base64)',
  kind: 'text',
  rows: 4,
  inCalls: 'saml.metadataCertificates',
};

const endpoint = <Name extends string>(name: Name, label: string, help: string) =>
  ({
    name,
    label,
    kind: 'line',
    type: 'url',
    most: 2048,
    hint: 'https://',
    help,
    onSomePages: true,
    inCalls: `oidc.${name}`,
  }) as const;

/** Of a provider that publishes no document about itself. */
export const ENDPOINT_FIELDS = [
  endpoint('authorizationEndpoint', 'Authorization endpoint', 'Where people sign in.'),
  endpoint(
    'tokenEndpoint',
    'Token endpoint',
    'Where this service exchanges a code for the ID token. A new one needs the client secret again.',
  ),
  endpoint('jwksUri', 'JWKS URL', 'Where the keys are that ID tokens are verified with.'),
  endpoint(
    'userinfoEndpoint',
    'Userinfo endpoint; empty: there is none',
    'Where claims are fetched that the ID token leaves out.',
  ),
  endpoint(
    'endSessionEndpoint',
    'End-session endpoint; empty: there is none',
    'Where people are sent who sign out here, to be signed out there as well.',
  ),
] as const satisfies readonly Field[];

/** What may be told of an identity provider, by the form it is told in. */
export const SETUP_FIELDS = {
  metadataUrl: [
    {
      name: 'metadataUrl',
      label: 'Metadata URL',
      kind: 'line',
      type: 'url',
      most: 2048,
      hint: 'https://',
      required: true,
      inCalls: 'saml.metadataUrl',
    },
  ],
  metadataXml: [
    {
      name: 'metadataXml',
      label: 'Metadata (XML)',
      kind: 'text',
      rows: 8,
      required: true,
      inCalls: 'saml.metadataXml',
    },
  ],
  entityId: [
    {
      name: 'entityId',
      label: 'Entity ID (issuer)',
      kind: 'line',
      most: 1024,
      required: true,
      inCalls: 'saml.entityId',
    },
    {
      name: 'ssoUrl',
      label: 'Single sign-on URL',
      kind: 'line',
      type: 'url',
      most: 2048,
      required: true,
      inCalls: 'saml.ssoUrl',
    },
    {
      name: 'certificate',
      label: 'Signing certificate (PEM or Base64)',
      kind: 'text',
      rows: 8,
      onSomePages: true,
      inCalls: 'saml.certificates',
    },
    {
      name: 'ssoPostUrl',
      label: 'Single sign-on URL for HTTP-POST',
      kind: 'line',
      type: 'url',
      most: 2048,
      help: 'Only where sign-in requests are to travel by HTTP-POST.',
      onSomePages: true,
      inCalls: 'saml.ssoPostUrl',
    },
    {
      name: 'sloUrl',
      label: 'Single logout URL',
      kind: 'line',
      type: 'url',
      most: 2048,
      help: 'Where people are sent who sign out here, to be signed out there as well; empty: nowhere.',
      onSomePages: true,
      inCalls: 'saml.sloUrl',
    },
    {
      name: 'sloBinding',
      label: 'Requests to log out travel there',
      kind: 'choice',
      choices: { redirect: 'in the address (HTTP-Redirect)', post: 'in a form (HTTP-POST)' },
      onSomePages: true,
      inCalls: 'saml.sloBinding',
    },
    {
      name: 'sloResponseUrl',
      label: 'Single logout URL for answers',
      kind: 'line',
      type: 'url',
      most: 2048,
      help: 'Only where it is another one than for requests.',
      onSomePages: true,
      inCalls: 'saml.sloResponseUrl',
    },
  ],
  issuer: [
    {
      name: 'issuer',
      label: 'Issuer',
      kind: 'line',
      type: 'url',
      most: 1024,
      required: true,
      inCalls: 'oidc.issuer',
    },
    {
      name: 'clientId',
      label: 'Client ID',
      kind: 'line',
      most: 512,
      required: true,
      inCalls: 'oidc.clientId',
    },
    {
      name: 'clientSecret',
      label: 'Client secret',
      kind: 'secret',
      most: 2048,
      inCalls: 'oidc.clientSecret',
    },
    {
      name: 'clientSecretExpiresAt',
      label: 'Client secret ends',
      kind: 'day',
      help: 'Admins get mails from 60 days before; a new secret needs its own day, and without one nobody is told.',
      onSomePages: true,
      inCalls: 'oidc.clientSecretExpiresAt',
    },
    {
      name: 'hostedDomain',
      label: 'Primary domain of your Google Workspace',
      kind: 'line',
      most: 253,
      hint: 'acme.com',
      help: 'Only accounts of that organisation come in (hd). Left empty, any Google account will do whose address is of a domain that this workspace has proved.',
      onSomePages: true,
      inCalls: 'oidc.hostedDomain',
    },
    {
      name: 'entraTenantId',
      label: 'Directory (tenant) ID',
      kind: 'line',
      most: 64,
      help: 'Only people of that tenant come in (tid). Needed where the issuer says “common” or “organizations” in its place.',
      onSomePages: true,
      inCalls: 'oidc.entraTenantId',
    },
    {
      name: 'tokenEndpointAuthMethod',
      label: 'How this service proves who it is',
      kind: 'choice',
      choices: {
        '': 'as before, or as it lists',
        client_secret_basic: 'client_secret_basic (header)',
        client_secret_post: 'client_secret_post (body)',
        private_key_jwt: 'private_key_jwt (key of ours)',
      },
      onSomePages: true,
      inCalls: 'oidc.tokenEndpointAuthMethod',
    },
    {
      name: 'scopes',
      label: 'Scopes',
      kind: 'line',
      most: 2048,
      help: 'What is asked for at a sign-in, with blanks between; add the one that groups need, if there is one.',
      onSomePages: true,
      inCalls: 'oidc.scopes',
    },
    {
      name: 'readAgain',
      label: 'Ask the provider anew what it says about itself',
      kind: 'box',
      help: 'This form asks it about a new issuer only, and once a day it is asked anyhow. Tick this when its endpoints have just changed.',
      onSomePages: true,
    },
    ...ENDPOINT_FIELDS,
    /** The issuer as the page shows it: while that stays, the provider need not be asked again. */
    { name: 'knownIssuer', label: 'Issuer', kind: 'kept', onSomePages: true },
    /** Whether the page showed endpoints that were typed in. */
    { name: 'knownEndpoints', label: 'Endpoints', kind: 'kept', onSomePages: true },
    /** The end of the secret as it is known, with its time, which no day tells. */
    { name: 'knownSecretEnd', label: 'Client secret ends', kind: 'kept', onSomePages: true },
  ],
} as const satisfies Record<string, readonly Field[]>;

/** Each form is known by the first of its fields. */
export type SetupFormName = keyof typeof SETUP_FIELDS;
