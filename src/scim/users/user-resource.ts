import type { DirectoryMember, DirectoryProfile } from '../../members/member-directory.service';
import { withDomainOfDns } from '../../http/is-email-address';
import { fold } from '../protocol/fold';
import { elementsOf, isComplex, isSame, type ScimObject, type ScimValue } from '../protocol/scim-value';
import { ENTERPRISE_URN, MEMBER_URN } from '../protocol/user-schema';

/** A member as a SCIM resource, without id and meta. */
export function resourceOf(member: DirectoryMember): ScimObject {
  const { emails, name, [ENTERPRISE_URN]: enterprise, ...rest } = member.scim as ScimObject;
  return withoutGaps({
    ...rest,
    userName: member.userName,
    externalId: member.externalId,
    displayName: member.displayName,
    name: withoutGaps({ ...asObject(name), givenName: member.givenName, familyName: member.familyName }),
    active: member.removedAt === null,
    emails:
      emails ?? (isAddress(member.email) ? [{ value: member.email, type: 'work', primary: true }] : null),
    [ENTERPRISE_URN]: withoutGaps({ ...asObject(enterprise), department: member.department }),
  });
}

/**
 * The resource as sent to directories. Some importers refuse users without given and family name, so members who did
 * not come from a directory get names derived from display name or address. These are not stored.
 */
export function shownResourceOf(member: DirectoryMember): ScimObject {
  const resource: ScimObject = {
    ...resourceOf(member),
    [MEMBER_URN]: { role: member.role, approver: member.approver },
  };
  if (member.source === 'scim' || member.givenName !== null || member.familyName !== null) return resource;
  const [givenName = member.userName, ...others] = wordsOf(member);
  return {
    ...resource,
    name: { ...asObject(resource.name), givenName, familyName: others.join(' ') || givenName },
  };
}

function wordsOf({ displayName, userName }: DirectoryMember): string[] {
  const words = displayName ? displayName.split(/[ \t]+/) : (userName.split('@')[0] ?? '').split(/[._-]+/);
  return words.filter((word) => word !== '');
}

/**
 * The member's profile from a resource. `emailBefore` is kept when the resource has no address and its userName is
 * none either.
 */
export function profileOf(resource: ScimObject, emailBefore?: string): DirectoryProfile {
  const {
    userName,
    externalId,
    displayName,
    name,
    active: _kept,
    [ENTERPRISE_URN]: enterprise,
    [MEMBER_URN]: _ours,
    ...rest
  } = resource;
  const { givenName, familyName, ...nameRest } = asObject(name);
  const { department, ...enterpriseRest } = asObject(enterprise);
  return {
    userName: text(userName) ?? '',
    email: inOneSpelling(fold(addressIn(resource) ?? emailBefore ?? text(userName) ?? '')),
    externalId: text(externalId),
    displayName: text(displayName),
    givenName: text(givenName),
    familyName: text(familyName),
    department: text(department),
    scim: withoutGaps({
      ...rest,
      name: withoutGaps(nameRest),
      [ENTERPRISE_URN]: withoutGaps(enterpriseRest),
    }),
  };
}

/** An attribute of a resource before and after a change. */
export interface Difference {
  before: ScimValue | null;
  after: ScimValue | null;
}

/** The attributes in which two resources differ, for the audit event. */
export function differences(before: ScimObject, after: ScimObject): Record<string, Difference> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => !isSame(before[name], after[name]));
  return Object.fromEntries(
    changed.map((name) => [name, { before: before[name] ?? null, after: after[name] ?? null }]),
  );
}

/** Whether a resource named an address that somebody is reached by, and names none any more. */
export const losesAddress = (before: ScimObject, after: ScimObject): boolean =>
  addressIn(before) !== undefined && addressIn(after) === undefined;

/** Whether somebody is reached by the address that their userName is, and no directory said so. */
export const isReachedByUserName = ({ scim, userName, email }: DirectoryMember): boolean =>
  scim.emails === undefined && isAddress(userName) && inOneSpelling(fold(userName)) === email;

/** The primary address, else the first of type work, else the first; else the userName if it is an address. */
function addressIn(resource: ScimObject): string | undefined {
  const addresses = elementsOf(resource.emails).filter(
    ({ value }) => typeof value === 'string' && value !== '',
  );
  const chosen =
    addresses.find(({ primary }) => primary === true) ??
    addresses.find(({ type }) => text(type)?.toLowerCase() === 'work') ??
    addresses[0];
  const userName = text(resource.userName) ?? '';
  return text(chosen?.value) ?? (isAddress(userName) ? userName : undefined);
}

/**
 * Trims the address and converts its domain to ASCII (RFC 5891), as everywhere, so that people are found under one
 * address. Keeps an invalid domain as it is.
 */
function inOneSpelling(address: string): string {
  const bare = address.trim();
  const spelled = withDomainOfDns(bare);
  return isAddress(spelled) ? spelled : bare;
}

export function isAddress(candidate: string): boolean {
  return /^[^@]+@[^@]+$/.test(candidate);
}

function text(value: ScimValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function asObject(value: ScimValue | undefined): ScimObject {
  return isComplex(value) ? value : {};
}

/** Drops missing values, and complex values without sub-attributes. */
function withoutGaps(values: Record<string, ScimValue | null>): ScimObject {
  const isThere = (entry: [string, ScimValue | null]): entry is [string, ScimValue] =>
    entry[1] !== null && !(isComplex(entry[1]) && Object.keys(entry[1]).length === 0);
  return Object.fromEntries(Object.entries(values).filter(isThere));
}
