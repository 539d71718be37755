import type { SamlClaims } from './claims';

/** Which attribute a connection takes each field from, where its identity provider differs from the usual names. */
export interface SamlAttributeMapping {
  email?: string;
  givenName?: string;
  familyName?: string;
  displayName?: string;
  groups?: string;
  department?: string;
  /** What stands between groups that the identity provider joins into one value; otherwise values are left alone. */
  groupsSeparator?: string;
}

type Field = Exclude<keyof SamlAttributeMapping, 'groupsSeparator'>;

export interface SamlProfile {
  email?: string;
  givenName?: string;
  familyName?: string;
  displayName?: string;
  department?: string;
  /** Nothing when the identity provider did not say; empty when it said "none". */
  groups?: string[];
  /** There are more groups than fit into the message; which ones, it does not say. */
  groupsOverage?: true;
}

const WS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
/** Entra's user principal name: an address for most people, a made-up name for guests. */
const ENTRA_UPN = [`${WS}/upn`, `${WS}/name`];
/** Where Entra writes a link instead of more than 150 groups. */
const ENTRA_GROUPS_LINK = 'http://schemas.microsoft.com/claims/groups.link';
const ENTRA_GROUPS = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups';

/**
 * Where identity providers put things unless told otherwise. Plain names are what administrators of Okta,
 * Google, JumpCloud, OneLogin, PingOne and Keycloak type, in any capitalisation; URIs are Entra's, Auth0's and
 * the X.500 profile's, and are compared exactly. The first attribute that is there wins.
 */
const USUAL_NAMES = {
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
} as const satisfies Record<Field, readonly string[]>;

/**
 * Reads who the person is out of the assertion's attributes. Where the connection maps a field, only that
 * attribute counts; where no attribute holds an email address, a NameID that looks like one does, and after that
 * Entra's user principal name, for accounts without a mailbox.
 */
export function profileOf(
  { attributes, nameId }: Pick<SamlClaims, 'attributes' | 'nameId'>,
  mapping: SamlAttributeMapping,
): SamlProfile {
  const plain = new Map([...attributes].map(([name, found]) => [name.toLowerCase(), found]));
  const values = (field: Field): readonly string[] | undefined =>
    mapping[field] ? attributes.get(mapping[field]) : findUsual(attributes, plain, USUAL_NAMES[field]);
  const value = (field: Field): string | undefined => values(field)?.[0];

  const email = values('email')?.find(looksLikeEmail);
  const elsewhere = [nameId, ...ENTRA_UPN.flatMap((name) => attributes.get(name) ?? [])];
  const fallback = mapping.email ? undefined : elsewhere.find(looksLikeEmail);
  const [givenName, familyName] = [value('givenName'), value('familyName')];
  return withoutGaps({
    email: email ?? fallback,
    givenName,
    familyName,
    displayName: displayName(value('displayName'), givenName, familyName),
    department: value('department'),
    ...groupsOf(values('groups'), attributes, mapping.groupsSeparator),
  });
}

function groupsOf(
  values: readonly string[] | undefined,
  attributes: SamlClaims['attributes'],
  separator: string | undefined,
): Pick<SamlProfile, 'groups' | 'groupsOverage'> {
  if (!values) return attributes.has(ENTRA_GROUPS_LINK) ? { groupsOverage: true } : {};
  const parts = separator ? values.flatMap((value) => value.split(separator)) : values;
  return { groups: [...new Set(parts.map((part) => part.trim()).filter(Boolean))] };
}

function findUsual(
  attributes: SamlClaims['attributes'],
  plain: SamlClaims['attributes'],
  names: readonly string[],
): readonly string[] | undefined {
  for (const name of names) {
    const values = name.includes(':') ? attributes.get(name) : plain.get(name.toLowerCase());
    if (values) return values;
  }
  return undefined;
}

/** Entra's `name` claim is a user principal name, not a name: an address is no fit name for a person. */
function displayName(found: string | undefined, ...parts: (string | undefined)[]): string | undefined {
  if (found && !found.includes('@')) return found;
  return parts.filter(Boolean).join(' ') || undefined;
}

/** Plain ASCII local parts: a guest's `ada_home.test#EXT#@tenant…` is a name of Entra's, not an address. */
function looksLikeEmail(text: string): boolean {
  return text.length <= 254 && /^[\w.!$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+$/.test(text);
}

function withoutGaps<T extends object>(fields: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
