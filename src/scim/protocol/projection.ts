import { resolveName } from './attribute-name';
import { type Attribute, type ResourceSchema, type Schema, spelling, type Target } from './schema';
import type { ScimObject, ScimValue } from './scim-value';
import { isComplex } from './scim-value';

/** Which attributes a client asked for (RFC 7644 section 3.9). Undefined: no wish. */
export interface Projection {
  only?: Target[];
  without?: Target[];
}

/**
 * Reads `attributes` and `excludedAttributes`: names separated by commas. The URN of a schema selects all its
 * attributes; unknown names select nothing.
 */
export function readProjection(schema: ResourceSchema, only?: string, without?: string): Projection {
  return {
    ...(only?.trim() && { only: targets(schema, only.split(',')) }),
    ...(without?.trim() && { without: targets(schema, without.split(',')) }),
  };
}

/**
 * Removes the attributes that the client did not ask for, according to `returned` (RFC 7643 section 7): `always`
 * stays, `request` is included only when asked for.
 */
export function project(
  schema: ResourceSchema,
  resource: ScimObject,
  { only, without = [] }: Projection,
): ScimObject {
  const kept: ScimObject = {};
  const isKept = (target: Target) => {
    const { returned } = target.attribute;
    if (returned === 'always') return true;
    const named = (list: Target[]) => list.some((one) => isSameAttribute(one, target) && !one.sub);
    return only ? named(only) : returned === 'default' && !named(without);
  };
  const partsOf = (list: Target[], target: Target) =>
    list.filter((one) => isSameAttribute(one, target)).flatMap(({ sub }) => (sub ? [sub.name] : []));

  for (const [urn, attributes] of schema.sections) {
    const from = urn === undefined ? resource : resource[urn];
    if (!isComplex(from)) continue;
    const into: ScimObject = {};
    for (const attribute of attributes) {
      const value = from[attribute.name];
      if (value === undefined) continue;
      const target = { ...(urn !== undefined && { schema: urn }), attribute };
      const dropped = partsOf(without, target);
      const shown = isKept(target) ? value : only ? withParts(value, partsOf(only, target)) : undefined;
      if (shown !== undefined)
        into[attribute.name] = dropped.length > 0 ? withoutParts(shown, dropped) : shown;
    }
    if (urn === undefined) Object.assign(kept, into);
    else if (Object.keys(into).length > 0) kept[urn] = into;
  }
  return { schemas: namedSchemas(schema, kept), ...kept };
}

/**
 * Whether an answer needs to hold an attribute of the core schema that costs something to read. Only for attributes
 * that are returned unless something else is asked for.
 */
export function isWanted(name: string, { only, without }: Projection = {}): boolean {
  const isIt = ({ schema, attribute }: Target) => schema === undefined && attribute.name === name;
  return (
    (only === undefined || only.some(isIt)) &&
    !without?.some((target) => isIt(target) && target.sub === undefined)
  );
}

/** The schemas of which there is something in the resource (RFC 7643 section 3). */
function namedSchemas({ core, extensions }: ResourceSchema, resource: ScimObject): string[] {
  return [core, ...extensions.filter(({ id }) => resource[id] !== undefined)].map(({ id }: Schema) => id);
}

/** Each once, however often it is named: they are looked through for every value of an answer. */
function targets(schema: ResourceSchema, names: readonly string[]): Target[] {
  const found = new Map<string, Target>();
  for (const text of names) {
    for (const target of meantBy(schema, text.trim())) found.set(spelling(target), target);
  }
  return [...found.values()];
}

function meantBy(schema: ResourceSchema, name: string): Target[] {
  const urn = schema.canonicalUrn(name);
  if (urn === undefined) return [resolveName(schema, name)].filter((target) => target !== undefined);
  const attributes: readonly Attribute[] = schema.schemas.find(({ id }) => id === urn)?.attributes ?? [];
  return attributes.map((attribute) => ({ ...(urn !== schema.core.id && { schema: urn }), attribute }));
}

function isSameAttribute(one: Target, other: Target): boolean {
  return one.schema === other.schema && one.attribute.name === other.attribute.name;
}

/** Only some parts of a complex value, or of each element of a list of them. Undefined: none were asked for. */
function withParts(value: ScimValue, names: readonly string[]): ScimValue | undefined {
  if (names.length === 0) return undefined;
  return eachComplex(value, (name) => names.includes(name));
}

function withoutParts(value: ScimValue, names: readonly string[]): ScimValue {
  return eachComplex(value, (name) => !names.includes(name));
}

function eachComplex(value: ScimValue, isKept: (name: string) => boolean): ScimValue {
  if (Array.isArray(value)) return value.map((element) => eachComplex(element, isKept));
  if (!isComplex(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => isKept(name)));
}
