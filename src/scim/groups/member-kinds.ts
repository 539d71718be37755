import type { GroupMember } from '../../members/directory-groups/directory-group';
import { badRequest } from '../protocol/errors';
import { isObject, property } from '../protocol/scim-value';

export type MemberKind = GroupMember['type'];

/** The `type` that a request gives for members, by id. Most directories omit it. */
export type MemberKinds = ReadonlyMap<string, MemberKind>;

/**
 * The id of a member in a request: its `value`, else the end of `$ref`, else the element itself. Returns an element of
 * any other form unchanged.
 */
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

/** Throws invalidValue when the request gives a different `type` for one of these ids, all of which are of `kind`. */
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

/** Looks at the end of the URL only: directories know this server by several host names. */
function kindAt(reference: unknown, id: string): MemberKind | undefined {
  if (reference === undefined || reference === null || reference === '') return undefined;
  const end = typeof reference === 'string' ? endOf(reference) : undefined;
  if (end?.id?.toLowerCase() !== id) throw contradiction('The $ref of a member leads to its value.');
  return end.kind;
}

/**
 * The last segment of a URL, and `Users` or `Groups` before it. Without a regular expression, because the text may be
 * very long.
 */
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
