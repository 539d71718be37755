import type {
  DirectoryGroup,
  GroupMember,
  GroupProfile,
} from '../../members/directory-groups/directory-group';
import { badRequest, quoted } from '../protocol/errors';
import { GROUPS } from '../protocol/group-schema';
import { readResource } from '../protocol/resource';
import { isObject, type ScimObject, type SentObject } from '../protocol/scim-value';
import { resolveName } from '../protocol/attribute-name';
import { type MemberKind, type MemberKinds, namedBy, readKinds } from './member-kinds';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A body of POST or PUT: the attributes, and whom it names as members. */
export interface SentGroup extends GroupProfile {
  readonly members: string[];
  readonly kinds: MemberKinds;
}

/** Reads a whole group (RFC 7643 section 4.2). Throws invalidSyntax and invalidValue. */
export function readGroup(body: unknown): SentGroup {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body is a Group resource.');
  const { members, rest } = withoutMembers(body);
  const kinds = new Map<string, MemberKind>();
  readKinds(members, kinds);
  return { ...profileOf(readResource(GROUPS, rest)), members: idsOf(members), kinds };
}

/** The attributes of a group beside its members. Throws invalidValue when it has no name. */
export function profileOf({ displayName, externalId }: ScimObject): GroupProfile {
  if (typeof displayName !== 'string' || displayName.trim() === '') {
    throw badRequest('invalidValue', 'displayName is required.');
  }
  return { displayName, externalId: typeof externalId === 'string' ? externalId : null };
}

/**
 * Separates `members` from the other attributes; it may also stand under the URN of the schema. Throws invalidSyntax
 * when it occurs twice.
 */
export function withoutMembers(sent: SentObject): { members?: unknown; rest: SentObject } {
  let members: unknown;
  const note = (value: unknown): void => {
    if (members !== undefined) throw badRequest('invalidSyntax', 'members is there twice. Send it once.');
    members = value;
  };
  const rest: SentObject = {};
  for (const [key, value] of Object.entries(sent)) {
    if (isMembers(key)) note(value);
    else if (GROUPS.canonicalUrn(key) !== undefined && isObject(value)) {
      const within = withoutMembers(value);
      if ('members' in within) note(within.members);
      if (Object.keys(within.rest).length > 0) rest[key] = within.rest;
    } else rest[key] = value;
  }
  return { ...(members !== undefined && { members }), rest };
}

function isMembers(key: string): boolean {
  const target = resolveName(GROUPS, key);
  return target?.attribute.name === 'members' && target.sub === undefined;
}

/**
 * The ids in a list of members: objects with `value` or `$ref`, or plain ids. Throws invalidValue for anything else,
 * and for a text that is not a UUID.
 */
export function idsOf(sent: unknown): string[] {
  const ids = sentIds(sent);
  const foreign = ids.find((id) => !UUID.test(id));
  if (foreign !== undefined) throw unknownMember(foreign);
  return [...new Set(ids)];
}

/** As `idsOf`, for members to remove: ignores what is not a UUID, because no member has such an id. */
export function idsIn(sent: unknown): string[] {
  return sentIds(sent).filter((id) => UUID.test(id));
}

function sentIds(sent: unknown): string[] {
  if (sent === null || sent === undefined) return [];
  const list: unknown[] = Array.isArray(sent) ? sent : [sent];
  return list.map((element) => {
    const value = namedBy(element);
    if (typeof value !== 'string' || value === '') {
      throw badRequest('invalidValue', 'Each of members has the id of a user or group as its value.');
    }
    return value.toLowerCase();
  });
}

/** The same for ids that are unknown, foreign, deleted or none at all. */
export function unknownMember(id: string): Error {
  return badRequest('invalidValue', `members names ${quoted(id)}, which is no user and no group here.`);
}

/** More members than one answer should hold; the group itself can be read. */
export function tooManyMembers(): Error {
  return badRequest(
    'tooMany',
    'These groups have more members than one answer holds: ask with excludedAttributes=members.',
  );
}

/** The group as it is answered, with its members if they are handed over. `baseUrl` ends with /scim/v2. */
export function writeGroup(
  group: DirectoryGroup,
  baseUrl: string,
  members?: readonly GroupMember[],
): ScimObject {
  return {
    schemas: [GROUPS.core.id],
    id: group.id,
    ...(group.externalId !== null && { externalId: group.externalId }),
    displayName: group.displayName,
    ...(members && {
      members: members.map(({ value, type, display }) => ({
        value,
        $ref: `${baseUrl}/${type}s/${value}`,
        display,
        type,
      })),
    }),
    meta: {
      resourceType: 'Group',
      created: group.createdAt.toISOString(),
      lastModified: group.changedAt.toISOString(),
      location: `${baseUrl}/Groups/${group.id}`,
      version: versionTag(group),
    },
  };
}

/** The entity tag. Its version counts changes of the group and of its membership, not changes of a member's name. */
export function versionTag({ version }: Pick<DirectoryGroup, 'version'>): string {
  return `W/"${version}"`;
}
