import { type AttributeMapping, MAPPED_FIELDS } from './attribute-mapping';

export type MappedField = (typeof MAPPED_FIELDS)[number];

const WS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const ENTRA_GROUPS = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups';

/**
 * Where identity providers put things unless told otherwise. Plain names are what administrators of Okta,
 * Google, JumpCloud, OneLogin, PingOne and Keycloak type, in any capitalisation; URIs are Entra's, Auth0's and
 * the X.500 profile's, and are compared exactly. The first attribute that is there wins.
 */
const SAML_NAMES = {
  email: [
    ...['email', 'emailAddress', 'email_address', 'mail', 'primaryEmail', 'User.email'],
    ...[
      `${WS}/emailaddress`,
      'http://schemas.xmlsoap.org/claims/EmailAddress',
      'http://schemas.auth0.com/email',
    ],
    ...['urn:oid:0.9.2342.19200300.100.1.3', 'urn:oid:1.2.840.113549.1.9.1'],
  ],
  givenName: [
    ...['givenName', 'firstName', 'first_name', 'given_name', 'User.FirstName'],
    ...[`${WS}/givenname`, 'urn:oid:2.5.4.42'],
  ],
  familyName: [
    ...['familyName', 'lastName', 'last_name', 'family_name', 'surname', 'sn', 'User.LastName'],
    ...[`${WS}/surname`, 'urn:oid:2.5.4.4'],
  ],
  displayName: [
    ...['displayName', 'display_name', 'fullName', 'name', 'cn'],
    ...['http://schemas.microsoft.com/identity/claims/displayname', `${WS}/name`],
    ...['urn:oid:2.16.840.1.113730.3.1.241', 'urn:oid:2.5.4.3'],
  ],
  department: ['department', 'User.Department', 'departmentNumber', 'urn:oid:2.16.840.1.113730.3.1.2'],
  groups: [
    ...['groups', 'group', 'memberOf', 'member', 'Role'],
    ...[ENTRA_GROUPS, 'http://schemas.xmlsoap.org/claims/Group'],
  ],
} as const satisfies Record<MappedField, readonly string[]>;

/** Names of OpenID Connect Core 1.0 section 5.1, and the usual ones of what it does not define. */
export const OIDC_NAMES: Readonly<Record<MappedField, string>> = {
  email: 'email',
  givenName: 'given_name',
  familyName: 'family_name',
  displayName: 'name',
  groups: 'groups',
  department: 'department',
};

/** Products that send URIs where others send what an administrator typed. */
const SEND_URIS: readonly string[] = ['entra', 'auth0'];

/** The names that a field is read from where the connection maps none: first the one that this product sends. */
export function usualNames(
  { type, provider }: { readonly type: 'saml' | 'oidc'; readonly provider: string },
  field: MappedField,
): readonly string[] {
  if (type === 'oidc') return [OIDC_NAMES[field]];
  const names: readonly string[] = SAML_NAMES[field];
  const isUri = (name: string) => name.startsWith('http:');
  return SEND_URIS.includes(provider)
    ? [...names.filter(isUri), ...names.filter((name) => !isUri(name))]
    : names;
}

/** Whether the address comes from where SAML products put it, rather than from what somebody chose to take for one. */
export function isUsualEmail({ email }: AttributeMapping): boolean {
  return !email || SAML_NAMES.email.some((name) => name.toLowerCase() === email.toLowerCase());
}

/** Of the SAML attributes that came, those that the fields of a person are taken from. */
export function samlSources(mapping: AttributeMapping, names: Iterable<string>): Map<MappedField, string> {
  const there = new Set(names);
  const plain = new Map([...there].map((name) => [name.toLowerCase(), name]));
  const usual = (field: MappedField): string | undefined => {
    for (const name of SAML_NAMES[field]) {
      const found = name.includes(':') ? (there.has(name) ? name : undefined) : plain.get(name.toLowerCase());
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return sourcesOf((field) => {
    const mapped = mapping[field];
    if (!mapped) return usual(field);
    return there.has(mapped) ? mapped : undefined;
  });
}

/** The same of the claims of OpenID Connect. */
export function oidcSources(mapping: AttributeMapping, names: Iterable<string>): Map<MappedField, string> {
  const there = new Set(names);
  return sourcesOf((field) => {
    const name = mapping[field] ?? OIDC_NAMES[field];
    return there.has(name) ? name : undefined;
  });
}

function sourcesOf(sourceOf: (field: MappedField) => string | undefined): Map<MappedField, string> {
  const found = MAPPED_FIELDS.map((field) => [field, sourceOf(field)] as const);
  return new Map(found.filter((entry): entry is [MappedField, string] => entry[1] !== undefined));
}
