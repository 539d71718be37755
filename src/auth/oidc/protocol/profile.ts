import type { AttributeMapping } from '../../../sso-connections/attribute-mapping';
import { type MappedField, OIDC_NAMES } from '../../../sso-connections/attribute-sources';
import { looksLikeEmail, saysVerified } from '../../identities/email-address';

export interface OidcProfile {
  email?: string;
  /** Why an address that was sent is left out. */
  emailFault?: 'unverified' | 'invalid';
  givenName?: string;
  familyName?: string;
  displayName?: string;
  department?: string;
  /** Nothing when the provider did not say; empty when it said "none". */
  groups?: string[];
  /** The provider says that there are more groups than it sends. */
  groupsOverage?: true;
  /** Something was sent as groups that holds no names. */
  groupsFault?: true;
  amr?: string[];
  acr?: string;
  authenticatedAt?: Date;
  sessionIndex?: string;
  notAfter?: Date;
}

type Claims = Readonly<Record<string, unknown>>;

/**
 * Whether userinfo must be requested: the address is missing, or the groups although the connection maps a claim for
 * them or requests their scope. Claims of a scope are at userinfo, unless the provider includes them in the ID token
 * (OpenID Connect Core section 5.4).
 */
export function lacksClaims(
  idToken: Claims,
  mapping: AttributeMapping,
  scopes: readonly string[] = [],
): boolean {
  const wantsGroups = mapping.groups !== undefined || scopes.includes(OIDC_NAMES.groups);
  const name = mapping.groups ?? OIDC_NAMES.groups;
  const lacksGroups = wantsGroups && isAbsent(idToken[name]) && !isOverage(idToken, mapping);
  return lacksEmail(idToken, mapping) || lacksGroups;
}

function lacksEmail(idToken: Claims, mapping: AttributeMapping): boolean {
  return isAbsent(idToken[mapping.email ?? OIDC_NAMES.email]);
}

/**
 * Whether the groups are incomplete: with more than 200, Entra ID sends a reference (OpenID Connect Core section
 * 5.6.2) or a flag instead. Any groups that are present are then ignored.
 */
function isOverage(claims: Claims, mapping: AttributeMapping): boolean {
  const { _claim_names: pointers, hasgroups: mark } = claims;
  const pointed =
    typeof pointers === 'object' &&
    pointers !== null &&
    Object.hasOwn(pointers, mapping.groups ?? OIDC_NAMES.groups);
  return pointed || mark === true || mark === 'true';
}

/**
 * Reads the profile from the claims. A mapped claim name is used as a whole, including dots and slashes, never as a
 * path. The ID token takes precedence over userinfo; claims about the sign-in (`amr`, `auth_time`, `sid`,
 * `session_expiry`) are read from the ID token only.
 *
 * An address that is malformed, or that the provider calls unverified, is ignored: a person known by subject may still
 * sign in, but nobody becomes a member by it. Where the provider says nothing about verification (Entra ID, OneLogin)
 * the address counts, because it is used only within domains that the workspace has verified.
 */
export function profileOf(idToken: Claims, userinfo: Claims, mapping: AttributeMapping): OidcProfile {
  const claim = (field: MappedField): unknown => {
    const name = mapping[field] ?? OIDC_NAMES[field];
    return isAbsent(idToken[name]) ? userinfo[name] : idToken[name];
  };
  const email = claim('email');
  const address = emailOf(email);
  // The word on an address counts from where the address comes from, and only for the standard claim.
  const source = lacksEmail(idToken, mapping) ? userinfo : idToken;
  const overage = isOverage(idToken, mapping) || isOverage(userinfo, mapping);
  const groups = overage ? undefined : claim('groups');
  const isStandard = (mapping.email ?? OIDC_NAMES.email) === OIDC_NAMES.email;
  const unverified = isStandard && saysUnverified(source);
  return withoutGaps<OidcProfile>({
    email: unverified ? undefined : address,
    emailFault: isAbsent(email) ? undefined : !address ? 'invalid' : unverified ? 'unverified' : undefined,
    givenName: text(claim('givenName')),
    familyName: text(claim('familyName')),
    displayName: text(claim('displayName')),
    department: text(claim('department')),
    groups: texts(groups),
    groupsOverage: overage || undefined,
    groupsFault: (!isAbsent(groups) && !isEmptyList(groups) && !texts(groups)?.length) || undefined,
    amr: texts(idToken.amr),
    acr: text(idToken.acr),
    authenticatedAt: date(idToken.auth_time),
    sessionIndex: text(idToken.sid),
    notAfter: date(idToken.session_expiry),
  });
}

/** `xms_edov` is Entra's word on whether the owner of the domain vouches for the address. */
function saysUnverified({ email_verified: verified, xms_edov: domainOwnerVerified }: Claims): boolean {
  return [verified, domainOwnerVerified].some((word) => !isAbsent(word) && !saysVerified(word));
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function emailOf(value: unknown): string | undefined {
  return typeof value === 'string' && looksLikeEmail(value) ? value : undefined;
}

/** Control characters and halves of surrogate pairs cannot be stored as they are. */
const STORABLE = /^[^\p{Cc}\p{Cs}]{1,256}$/u;

function text(value: unknown): string | undefined {
  return typeof value === 'string' && STORABLE.test(value) ? value : undefined;
}

/** One value comes as a text from some providers, several as a list. */
function texts(value: unknown): string[] | undefined {
  if (typeof value !== 'string' && !Array.isArray(value)) return undefined;
  const found = [value].flat().flatMap((entry) => text(entry) ?? []);
  return [...new Set(found)];
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function date(value: unknown): Date | undefined {
  return typeof value === 'number' && value > 0 && value < 253_402_300_800
    ? new Date(value * 1000)
    : undefined;
}

function withoutGaps<T extends object>(fields: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
