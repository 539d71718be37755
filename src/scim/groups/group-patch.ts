import { badRequest } from '../protocol/errors';
import { type Filter, FilterParser, FilterSyntaxError } from '../protocol/filter';
import { GROUPS } from '../protocol/group-schema';
import { type Operation, readOperations } from '../protocol/patch';
import { isObject } from '../protocol/scim-value';
import { idsIn, idsOf, withoutMembers } from './group-resource';
import { type MemberKind, readKinds } from './member-kinds';

/** A change of the members by a PATCH. It only names rows, so the current members need not be read. */
export type MemberStep =
  | {
      readonly kind: 'named';
      /** Everybody goes first. */
      emptied: boolean;
      readonly come: Set<string>;
      readonly go: Set<string>;
      /** The `type` that the request gives for the named members. */
      readonly kinds: Map<string, MemberKind>;
    }
  /** Removes the members that match one of these filters, which test more than the id. */
  | { readonly kind: 'selected'; readonly filters: Filter[] };

/** A PATCH of a group, with what concerns the members taken out. */
export interface GroupPatch {
  /** A PATCH body of what is left: the attributes of the group itself. Undefined: there is none. */
  readonly attributes: object | undefined;
  /** In order. Successive operations that name members are merged to one step. */
  readonly steps: readonly MemberStep[];
}

/**
 * Reads a PATCH body (RFC 7644 section 3.5.2) for a group, in every form that directories use: members by path, by a
 * filter on their value, as a list to remove, as bare ids, and beside other attributes in a value without path.
 * Throws ScimError with the RFC's scimTypes.
 */
export function readGroupPatch(body: unknown): GroupPatch {
  const attributes: object[] = [];
  const steps: MemberStep[] = [];
  for (const operation of readOperations(body)) {
    const rest = readMembers(operation, steps);
    if (rest) attributes.push(rest);
  }
  return { attributes: attributes.length > 0 ? { Operations: attributes } : undefined, steps };
}

/** Adds to `steps` what an operation does to the members, and returns the rest of the operation. */
function readMembers(operation: Operation, steps: MemberStep[]): object | undefined {
  const { verb, path, value } = operation;
  const rest = { op: verb, ...(path !== undefined && { path }), value };
  if (path === undefined || GROUPS.canonicalUrn(path) !== undefined) {
    if (verb === 'remove' || !isObject(value)) return rest;
    const { members, rest: others } = withoutMembers(value);
    if (members === undefined) return rest;
    change(steps, verb, members);
    return Object.keys(others).length > 0 ? { ...rest, value: others } : undefined;
  }
  const place = placeOf(path);
  if (!place) return rest;
  if (!place.filter) change(steps, verb, value);
  else if (verb === 'remove') removeSelected(steps, place.filter);
  else throw badRequest('mutability', 'Who a member is cannot be changed: add members and remove members.');
  return undefined;
}

/** Undefined: the path leads to something else than members. */
function placeOf(path: string): { filter?: Filter } | undefined {
  try {
    const parser = new FilterParser(path);
    const target = GROUPS.resolve(parser.name());
    if (target?.attribute.name !== 'members') return undefined;
    const filter = target.sub ? undefined : parser.brackets();
    const sub = target.sub ? target.sub.name : filter && parser.subAttribute();
    parser.end();
    if (sub !== undefined) throw badRequest('mutability', 'The parts of a member cannot be changed.');
    return filter ? { filter } : {};
  } catch (error) {
    if (error instanceof FilterSyntaxError) return undefined; // whoever reads the other paths says what is wrong
    throw error;
  }
}

function change(steps: MemberStep[], verb: Operation['verb'], value: unknown): void {
  const step = namedStep(steps);
  readKinds(value, step.kinds);
  if (verb === 'remove' && value !== null && value !== undefined) return go(step, idsIn(value));
  if (verb === 'remove' || verb === 'replace') empty(step);
  if (verb === 'remove') return;
  for (const id of idsOf(value)) {
    step.come.add(id);
    step.go.delete(id);
  }
}

/** Successive filters are merged, so that the members are read once for all of them. */
function removeSelected(steps: MemberStep[], filter: Filter): void {
  const ids = idsNamedBy(filter);
  if (ids) return go(namedStep(steps), idsIn(ids));
  const last = steps.at(-1);
  if (last?.kind === 'selected') last.filters.push(filter);
  else steps.push({ kind: 'selected', filters: [filter] });
}

type NamedStep = Extract<MemberStep, { kind: 'named' }>;

function namedStep(steps: MemberStep[]): NamedStep {
  const last = steps.at(-1);
  if (last?.kind === 'named') return last;
  const step: NamedStep = { kind: 'named', emptied: false, come: new Set(), go: new Set(), kinds: new Map() };
  steps.push(step);
  return step;
}

function empty(step: NamedStep): void {
  step.emptied = true;
  step.come.clear();
  step.go.clear();
}

function go(step: NamedStep, ids: readonly string[]): void {
  for (const id of ids) {
    step.come.delete(id);
    step.go.add(id);
  }
}

/** The ids of a filter that says no more than whose: `value eq "…"`, or several of that with `or` between. */
function idsNamedBy(filter: Filter): string[] | undefined {
  if (filter.kind === 'or') {
    const terms = filter.terms.map(idsNamedBy);
    return terms.every((ids) => ids !== undefined) ? terms.flat() : undefined;
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.literal !== 'string')
    return undefined;
  const { schema, attribute, sub } = filter.name;
  return schema === undefined && sub === undefined && attribute.toLowerCase() === 'value'
    ? [filter.literal]
    : undefined;
}
