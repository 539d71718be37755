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
 * The resource as directories are shown it. Importers refuse users without a first and a last name, so those who
 * came in by another road and never told theirs are shown with what their display name or address suggests.
 * Nothing of that is stored.
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
 * What a resource says about a member. `emailBefore` stays the address of a member whose resource names none and
 * whose userName is no address either.
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

/** The attributes in which two resources differ: what the audit trail keeps of an update. */
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

/** The primary address, else that for work, else the first; else a userName that is one. */
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
 * As everywhere else, without spaces around it and with the domain as DNS writes it (RFC 5891), so that people are found
 * under one address; what is no domain stays as it is.
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

/** Without what is absent, and without complex values of which nothing is left. */
function withoutGaps(values: Record<string, ScimValue | null>): ScimObject {
  const isThere = (entry: [string, ScimValue | null]): entry is [string, ScimValue] =>
    entry[1] !== null && !(isComplex(entry[1]) && Object.keys(entry[1]).length === 0);
  return Object.fromEntries(Object.entries(values).filter(isThere));
}
