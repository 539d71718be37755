import type { GroupMember } from '../../members/directory-groups/directory-group';
import { badRequest } from '../protocol/errors';
import { isObject, property } from '../protocol/scim-value';

export type MemberKind = GroupMember['type'];

/** What members say of themselves beside their ids: by id, user or group. Most directories say nothing. */
export type MemberKinds = ReadonlyMap<string, MemberKind>;

/** Whom a sent member names: by `value`, else by the id at the end of `$ref`, or as a bare id. Whatever else it is stays. */
export function namedBy(element: unknown): unknown {
  if (!isObject(element)) return element;
  const value = property(element, 'value') ?? undefined;
  const reference = property(element, '$ref');
  if (value !== undefined || typeof reference !== 'string') return value;
  return endOf(reference).id;
}

/** Reads `type` and `$ref` of sent members into `kinds`. Throws invalidValue when they contradict each other or the id. */
export function readKinds(sent: unknown, kinds: Map<string, MemberKind>): void {
  for (const element of Array.isArray(sent) ? sent : [sent]) {
    const value = namedBy(element);
    if (!isObject(element) || typeof value !== 'string') continue;
    const id = value.toLowerCase();
    const said = [kindOf(property(element, 'type')), kindAt(property(element, '$ref'), id), kinds.get(id)];
    const [kind, ...others] = new Set(said.filter((one) => one !== undefined));
    if (others.length > 0) throw contradiction('type and $ref of a member contradict each other.');
    if (kind) kinds.set(id, kind);
  }
}

/** Throws invalidValue for a member that is said to be of the other kind than these, who are of one. */
export function refuseUnless(kind: MemberKind, ids: Iterable<string>, kinds: MemberKinds): void {
  if (kinds.size === 0) return;
  for (const id of ids) {
    const said = kinds.get(id);
    if (said !== undefined && said !== kind) {
      throw contradiction(`members names a ${kind} and calls it a ${said}.`);
    }
  }
}

function kindOf(type: unknown): MemberKind | undefined {
  if (type === undefined || type === null || type === '') return undefined;
  const kind = typeof type === 'string' ? type.toLowerCase() : undefined;
  if (kind === 'user') return 'User';
  if (kind === 'group') return 'Group';
  throw contradiction('The type of a member is User or Group.');
}

/** By the end of the URL, whatever stands before it: directories know this server by several names. */
function kindAt(reference: unknown, id: string): MemberKind | undefined {
  if (reference === undefined || reference === null || reference === '') return undefined;
  const end = typeof reference === 'string' ? endOf(reference) : undefined;
  if (end?.id?.toLowerCase() !== id) throw contradiction('The $ref of a member leads to its value.');
  return end.kind;
}

/** What a URL ends with: `Users` or `Groups`, if it says so, and an id. No expression: text of whatever length comes. */
function endOf(reference: string): { id: string | undefined; kind: MemberKind | undefined } {
  const query = reference.search(/[?#]/);
  const path = query < 0 ? reference : reference.slice(0, query);
  const whole = path.endsWith('/') ? path.slice(0, -1) : path;
  const slash = whole.lastIndexOf('/');
  const before = whole.slice(0, Math.max(0, slash));
  const endpoint = before.slice(before.lastIndexOf('/') + 1).toLowerCase();
  const kind = endpoint === 'users' ? 'User' : endpoint === 'groups' ? 'Group' : undefined;
  return { id: whole.slice(slash + 1) || undefined, kind };
}

const contradiction = (detail: string): Error => badRequest('invalidValue', detail);
