import { eachOnce, keepOnePrimary, meaningOf, readOne, readValue, withAdded } from './coerce';
import { refuseTooMany, testsIn } from './comparisons';
import { badRequest, quoted } from './errors';
import type { Filter } from './filter';
import { FilterParser, FilterSyntaxError } from './filter';
import { elementFor, matches } from './filter-match';
import { fold } from './fold';
import { pathFilter } from './path-filter';
import type { Attribute, AttributeName, ResourceSchema, Target } from './schema';
import { named, spelling } from './schema';
import type { ScimObject, ScimValue, SentObject } from './scim-value';
import { elementsOf, isComplex, isObject, isSame, property, refuseOther } from './scim-value';
import type { TypedFilter } from './typed-filter';

export const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const MAX_OPERATIONS = 1_000;

type Verb = 'add' | 'replace' | 'remove';

/** One operation, its message read and its path and value not yet. */
export interface Operation {
  verb: Verb;
  path?: string;
  value: unknown;
}

/** Where an operation strikes: an attribute, the elements of it that a filter selects, a part of either. */
interface Place extends Target {
  filter?: TypedFilter;
}

/**
 * Applies a PATCH body (RFC 7644 section 3.5.2) and returns a new resource; `resource` stays unchanged, so a failing
 * operation changes nothing. Throws ScimError with a scimType of the RFC. Beyond the RFC it accepts, because
 * connectors send them: operation names in any case, dotted names and URNs as keys of a value without path, and
 * filters without a match, for which it adds the element they describe.
 */
export function applyPatch(schema: ResourceSchema, resource: ScimObject, body: unknown): ScimObject {
  const patched = structuredClone(resource);
  const patch = new Patch(schema, patched);
  for (const operation of readOperations(body)) patch.apply(operation);
  return patched;
}

/** Reads the message around the operations. Throws invalidSyntax, invalidPath and invalidValue. */
export function readOperations(body: unknown): Operation[] {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body is a PatchOp message.');
  const schemas = property(body, 'schemas');
  const isPatch = (urn: unknown) =>
    typeof urn === 'string' && urn.toLowerCase() === PATCH_SCHEMA.toLowerCase();
  if (schemas !== undefined && !(Array.isArray(schemas) && schemas.some(isPatch))) {
    throw badRequest('invalidSyntax', `schemas is a list with ${PATCH_SCHEMA}.`);
  }
  const operations = property(body, 'Operations');
  if (!Array.isArray(operations)) throw badRequest('invalidSyntax', 'Operations is a list.');
  if (operations.length > MAX_OPERATIONS) {
    throw badRequest('invalidSyntax', `A PATCH takes at most ${MAX_OPERATIONS} operations.`);
  }
  return operations.map(readOperation);
}

function readOperation(sent: unknown): Operation {
  if (!isObject(sent)) throw badRequest('invalidSyntax', 'An operation is an object.');
  const op = property(sent, 'op');
  const verb = (['add', 'replace', 'remove'] as const).find(
    (candidate) => typeof op === 'string' && op.toLowerCase() === candidate,
  );
  if (!verb) throw badRequest('invalidSyntax', 'op is add, remove or replace.');
  const path = property(sent, 'path') ?? undefined;
  if (path !== undefined && typeof path !== 'string') throw badRequest('invalidPath', 'path is text.');
  const value = property(sent, 'value');
  if (verb !== 'remove' && value === undefined) {
    throw badRequest('invalidValue', `${verb} needs a value; null stands for none.`);
  }
  return { verb, ...(path && { path }), value };
}

class Patch {
  private comparisons = 0;

  constructor(
    private readonly schema: ResourceSchema,
    private readonly resource: ScimObject,
  ) {}

  apply({ verb, path, value }: Operation): void {
    if (path === undefined) {
      if (verb === 'remove') throw badRequest('noTarget', 'A remove operation names what to remove in path.');
      this.applyAll(verb, value);
      return;
    }
    const urn = this.schema.canonicalUrn(path);
    if (urn !== undefined) {
      const attributes = this.schema.schemas.find(({ id }) => id === urn)?.attributes ?? [];
      if (attributes.every((attribute) => isReadOnly({ attribute }))) {
        throw badRequest('mutability', `Nothing of ${urn} can be changed.`);
      }
      this.applyAll(verb, verb === 'remove' ? this.everythingUnder(urn) : value, urn);
      return;
    }
    const place = this.placeAt(path);
    if (!place) throw badRequest('invalidPath', `There is no attribute ${quoted(path)}.`);
    if (isReadOnly(place)) throw badRequest('mutability', `${place.attribute.name} cannot be changed.`);
    this.applyAt(verb, place, value);
  }

  /**
   * An operation without path. Skips unknown and read-only attributes, as a PUT does, so that clients can send back a
   * resource with id and groups. `told` holds the attributes set so far; a second, different value under another
   * spelling is refused.
   */
  private applyAll(verb: Verb, value: unknown, urn?: string, told = new Map<string, unknown>()): void {
    if (!isObject(value))
      throw badRequest('invalidValue', 'Without a path the value is an object of attributes.');
    for (const [key, part] of Object.entries(value)) {
      const extension = this.schema.canonicalUrn(key);
      if (extension !== undefined && urn === undefined) {
        const unassigned = verb === 'replace' ? this.everythingUnder(extension) : {};
        this.applyAll(verb, part ?? unassigned, extension, told);
        continue;
      }
      const place = this.placeAt(urn === undefined ? key : `${urn}:${key}`, 'lenient');
      if (!place) continue;
      if (isReadOnly(place)) {
        this.refuseChanged(place, part);
        continue;
      }
      if (!place.filter) tell(told, spelling(place), part);
      this.applyAt(verb, place, part);
    }
  }

  /**
   * Refuses to change a read-only attribute of an extension: unlike `id` or `groups`, clients do not just send it
   * back, and ignoring the change would look like success.
   */
  private refuseChanged({ schema, attribute, sub }: Place, sent: unknown): void {
    if (schema === undefined || sub) return;
    const holder = this.resource[schema];
    const held = isComplex(holder) ? holder[attribute.name] : undefined;
    if (!isSame(held, readValue(attribute, sent)))
      throw badRequest('mutability', `${attribute.name} cannot be changed.`);
  }

  private everythingUnder(urn: string): SentObject {
    const held = urn === this.schema.core.id ? this.resource : this.resource[urn];
    const names = this.schema.schemas.find(({ id }) => id === urn)?.attributes ?? [];
    return Object.fromEntries(
      names.filter(({ name }) => isObject(held) && Object.hasOwn(held, name)).map(({ name }) => [name, null]),
    );
  }

  /** `attribute`, `attribute.sub`, `attribute[filter]`, `attribute[filter].sub`, each with or without a URN. */
  private placeAt(path: string, mode?: 'lenient'): Place | undefined {
    let name: AttributeName;
    let filter: Filter | undefined;
    let sub: string | undefined;
    try {
      const parser = new FilterParser(path);
      name = parser.name();
      filter = name.sub === undefined ? parser.brackets() : undefined;
      sub = filter ? parser.subAttribute() : undefined;
      parser.end();
    } catch (error) {
      if (!(error instanceof FilterSyntaxError)) throw error;
      if (mode === 'lenient') return undefined;
      throw badRequest('invalidPath', `The path cannot be read: ${error.message}.`);
    }
    const target = this.schema.resolve(sub === undefined ? name : { ...name, sub });
    if (!target || !filter) return target;
    if (!target.attribute.multiValued)
      throw badRequest('invalidPath', `${target.attribute.name} has one value.`);
    return { ...target, filter: pathFilter(filter, target.attribute) };
  }

  private applyAt(verb: Verb, place: Place, value: unknown): void {
    const { schema, attribute } = place;
    const held = schema === undefined ? this.resource : this.resource[schema];
    const holder: ScimObject = isComplex(held) ? held : {};
    const was = holder[attribute.name];

    const now = attribute.multiValued
      ? this.changedList(verb, place, was, value)
      : attribute.type === 'complex'
        ? this.changedComplex(verb, place, isComplex(was) ? was : {}, value)
        : this.changedPlain(verb, attribute, was, value);

    if (now === undefined || isEmpty(now)) {
      if (attribute.required) throw badRequest('mutability', `${attribute.name} is required.`);
      delete holder[attribute.name];
    } else {
      holder[attribute.name] = now;
    }
    if (schema === undefined) return;
    if (isEmpty(holder)) delete this.resource[schema];
    else this.resource[schema] = holder;
  }

  private changedPlain(verb: Verb, attribute: Attribute, was: ScimValue | undefined, sent: unknown) {
    if (verb === 'remove') return undefined;
    const value = readValue(attribute, sent);
    return value === undefined && verb === 'add' ? was : value;
  }

  /** RFC 7644 section 3.5.2.3: parts that are not named are left unchanged. */
  private changedComplex(verb: Verb, { attribute, sub }: Place, was: ScimObject, sent: unknown) {
    if (sub) return withPart(was, sub, this.changedPlain(verb, sub, was[sub.name], sent));
    if (verb === 'remove') return undefined;

    const value: unknown = Array.isArray(sent) && sent.length === 1 ? sent[0] : sent;
    if (!isObject(value)) {
      const read = readValue(attribute, value);
      return isComplex(read) ? { ...was, ...read } : verb === 'add' ? was : undefined;
    }
    return this.merged(verb, attribute, was, value);
  }

  private merged(verb: Verb, attribute: Attribute, was: ScimObject, sent: SentObject): ScimObject {
    let merged = was;
    const told = new Map<string, unknown>();
    for (const [key, part] of Object.entries(sent)) {
      const sub = named(attribute.subAttributes ?? [], key);
      if (!sub || sub.mutability === 'readOnly') continue;
      tell(told, sub.name, part);
      merged = withPart(merged, sub, this.changedPlain(verb, sub, merged[sub.name], part));
    }
    return merged;
  }

  private changedList(verb: Verb, place: Place, was: ScimValue | undefined, sent: unknown): ScimValue[] {
    const elements = elementsOf(was);
    if (place.filter || place.sub) return this.changedElements(verb, place, elements, sent);
    if (verb === 'remove') return this.withoutListed(place.attribute, elements, sent);

    const read = readValue(place.attribute, sent);
    const values = Array.isArray(read) ? read : [];
    if (verb === 'replace') return values;
    const all = withAdded<ScimValue>(elements, values);
    return bounded(place.attribute, keepOnePrimary(all.elements, all.preferred));
  }

  /** An operation on the elements that a filter selects, or on one part of every element. */
  private changedElements(verb: Verb, place: Place, elements: ScimObject[], sent: unknown): ScimValue[] {
    const { attribute, filter } = place;
    if (filter) this.compare(elements.length * testsIn(filter));
    const selected = new Set(filter ? elements.filter((element) => matches(filter, element)) : elements);
    if (selected.size > 0) {
      const changed = elements.map((element) =>
        selected.has(element) ? this.changedElement(verb, place, element, sent) : element,
      );
      const before = new Set(elements);
      const claims = changed.filter((element) => isPrimary(element) && !before.has(element));
      const kept = eachOnce(changed.filter((element) => !isEmpty(element)));
      // What claims to be primary may say the same as an element that is kept in its stead.
      const claimed = new Set(claims.map(meaningOf));
      const preferred =
        claimed.size > 0 ? kept.find((element) => claimed.has(meaningOf(element))) : undefined;
      return keepOnePrimary(kept, preferred);
    }
    // What is not there need not be removed.
    if (verb === 'remove') return elements;
    const described = filter ? elementFor(filter) : {};
    if (!described) throw badRequest('noTarget', 'The filter in path selects nothing.');
    const created = this.changedElement(verb, place, described, sent);
    return isEmpty(created) ? elements : bounded(attribute, keepOnePrimary([...elements, created], created));
  }

  private changedElement(
    verb: Verb,
    { attribute, sub, filter }: Place,
    was: ScimObject,
    sent: unknown,
  ): ScimObject {
    if (sub) return stillMeant(withPart(was, sub, this.changedPlain(verb, sub, was[sub.name], sent)));
    if (verb === 'remove') return {};
    const value: unknown = Array.isArray(sent) && sent.length === 1 ? sent[0] : sent;
    if (verb === 'add' && isObject(value)) return this.merged(verb, attribute, was, value);
    const read = readOne(attribute, value);
    if (!isComplex(read)) return verb === 'add' ? was : {};
    if (verb === 'add') return { ...was, ...read };
    // The element stays the one that was selected: replacing `[type eq "work"]` does not lose the type.
    const selectedBy = Object.keys((filter && elementFor(filter)) ?? {});
    return {
      ...Object.fromEntries(Object.entries(was).filter(([key]) => selectedBy.includes(key))),
      ...read,
    };
  }

  /**
   * `remove` with a value removes the listed elements, as Entra ID sends it; an empty list removes nothing. Without a
   * value, or with null, it removes all.
   */
  private withoutListed(attribute: Attribute, elements: ScimObject[], sent: unknown): ScimObject[] {
    if (sent === undefined || sent === null) return [];
    const listed = elementsOf(readValue(attribute, sent));
    this.compare(elements.length * listed.length);
    const isListed = (element: ScimObject) =>
      listed.some((one) =>
        Object.entries(one).every(([key, part]) => isAlike(attribute, key, element[key], part)),
      );
    return elements.filter((element) => !isListed(element));
  }

  /** Of all operations together. */
  private compare(times: number): void {
    this.comparisons += times;
    refuseTooMany(this.comparisons);
  }
}

/** The same, by the caseExact of that part. */
function isAlike(
  { subAttributes = [] }: Attribute,
  part: string,
  one?: ScimValue,
  other?: ScimValue,
): boolean {
  const isExact = named(subAttributes, part)?.caseExact ?? true;
  if (isExact || typeof one !== 'string' || typeof other !== 'string') return isSame(one, other);
  return fold(one) === fold(other);
}

/** Remembers the value given for an attribute. Throws invalidSyntax when another value was given before. */
function tell(told: Map<string, unknown>, name: string, value: unknown): void {
  refuseOther(name, told.get(name), value);
  told.set(name, value);
}

function withPart(was: ScimObject, sub: Attribute, value: ScimValue | undefined): ScimObject {
  const { [sub.name]: _dropped, ...rest } = was;
  return value === undefined ? rest : { ...was, [sub.name]: value };
}

/** An element with nothing but `type` and `primary` has lost its value and becomes empty. */
function stillMeant(element: ScimObject): ScimObject {
  return Object.keys(element).every((key) => key === 'type' || key === 'primary') ? {} : element;
}

function bounded(attribute: Attribute, elements: ScimValue[]): ScimValue[] {
  return (readValue(attribute, elements) ?? []) as ScimValue[];
}

function isReadOnly({ attribute, sub }: Place): boolean {
  return attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly';
}

function isPrimary(value: ScimValue): boolean {
  return isComplex(value) && value.primary === true;
}

function isEmpty(value: ScimValue): boolean {
  return typeof value === 'object' && Object.keys(value).length === 0;
}
