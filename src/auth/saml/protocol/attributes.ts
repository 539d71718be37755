import { isUsualEmail, type MappedField, samlSources } from '../../../sso-connections/attribute-sources';
import { looksLikeEmail, saysVerified } from '../../identities/email-address';
import type { SamlClaims } from './claims';

/** Attribute names that a connection uses instead of the usual ones. */
export interface SamlAttributeMapping {
  email?: string;
  givenName?: string;
  familyName?: string;
  displayName?: string;
  groups?: string;
  department?: string;
  /** Separator of groups that the identity provider joins into one value; without it values are not split. */
  groupsSeparator?: string;
}

export interface SamlProfile {
  email?: string;
  /** Why an address that was sent is left out. */
  emailFault?: 'unverified';
  givenName?: string;
  familyName?: string;
  displayName?: string;
  department?: string;
  /** Nothing when the identity provider did not say; empty when it said "none". */
  groups?: string[];
  /** The person has more groups than the message can contain; it names none of them. */
  groupsOverage?: true;
}

const WS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
/** Entra's user principal name: an address for most people, a made-up name for guests. */
const ENTRA_UPN = [`${WS}/upn`, `${WS}/name`];
/** Where Entra writes a link instead of more than 150 groups. */
const ENTRA_GROUPS_LINK = 'http://schemas.microsoft.com/claims/groups.link';
/** What Auth0 sends beside the address, and administrators elsewhere call the same. */
const EMAIL_VERIFIED = ['http://schemas.auth0.com/email_verified', 'email_verified', 'emailVerified'];

/**
 * Reads who the person is out of the assertion's attributes. Where the connection maps a field, only that
 * attribute counts; where no attribute holds an email address, a NameID that looks like one does, and after that
 * Entra's user principal name, for accounts without a mailbox. An address that the provider itself calls unverified is not
 * used, as with OpenID Connect.
 */
export function profileOf(
  { attributes, nameId }: Pick<SamlClaims, 'attributes' | 'nameId'>,
  mapping: SamlAttributeMapping,
): SamlProfile {
  const sources = samlSources(mapping, attributes.keys());
  const values = (field: MappedField): readonly string[] | undefined =>
    attributes.get(sources.get(field) ?? '');
  const value = (field: MappedField): string | undefined => values(field)?.[0];

  const email = values('email')?.find(looksLikeEmail);
  const elsewhere = [nameId, ...ENTRA_UPN.flatMap((name) => attributes.get(name) ?? [])];
  const fallback = mapping.email ? undefined : elsewhere.find(looksLikeEmail);
  const address = email ?? fallback;
  const unverified = address !== undefined && isUsualEmail(mapping) && saysUnverified(attributes);
  const [givenName, familyName] = [value('givenName'), value('familyName')];
  return withoutGaps<{ [Key in keyof SamlProfile]: SamlProfile[Key] | undefined }>({
    email: unverified ? undefined : address,
    emailFault: unverified ? 'unverified' : undefined,
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

/** Entra's `name` claim is a user principal name, not a name: an address is no fit name for a person. */
function displayName(found: string | undefined, ...parts: (string | undefined)[]): string | undefined {
  if (found && !found.includes('@')) return found;
  return parts.filter(Boolean).join(' ') || undefined;
}

function saysUnverified(attributes: SamlClaims['attributes']): boolean {
  const words = EMAIL_VERIFIED.flatMap((name) => attributes.get(name) ?? []);
  return words.some((word) => !saysVerified(word));
}

function withoutGaps<T extends object>(fields: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
