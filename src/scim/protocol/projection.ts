import { resolveName } from './attribute-name';
import type { ResourceSchema, Target } from './schema';
import type { ScimObject, ScimValue } from './scim-value';
import { isComplex } from './scim-value';

/** Which attributes a client asked for (RFC 7644 section 3.9). Undefined: no wish. */
export interface Projection {
  only?: Target[];
  without?: Target[];
}

/** Reads `attributes` and `excludedAttributes`, comma-separated names; names that mean nothing select nothing. */
export function readProjection(schema: ResourceSchema, only?: string, without?: string): Projection {
  return {
    ...(only?.trim() && { only: targets(schema, only) }),
    ...(without?.trim() && { without: targets(schema, without) }),
  };
}

/** Leaves out of an answer what was not asked for. What the RFC always returns, and `meta`, stay. */
export function project(resource: ScimObject, { only, without }: Projection): ScimObject {
  const kept = only ? included(resource, only) : structuredClone(resource);
  for (const target of without ?? []) exclude(kept, target);
  const { schemas = [], id = '', meta = {} } = resource;
  return { ...kept, schemas, id, meta };
}

function targets(schema: ResourceSchema, names: string): Target[] {
  return names
    .split(',')
    .map((name) => resolveName(schema, name.trim()))
    .filter((target) => target !== undefined);
}

function included(resource: ScimObject, only: Target[]): ScimObject {
  const { schemas = [], id = '' } = resource;
  const kept: ScimObject = { schemas, id };
  for (const { schema, attribute, sub } of only) {
    const source = schema === undefined ? resource : resource[schema];
    const value = isComplex(source) ? source[attribute.name] : undefined;
    if (value === undefined) continue;
    const section = schema === undefined ? kept : (kept[schema] ??= {});
    if (!isComplex(section)) continue;
    section[attribute.name] = sub ? joined(section[attribute.name], parts(value, sub.name)) : value;
  }
  return kept;
}

/** Only one part of a complex value, or of each element of a list of them. */
function parts(value: ScimValue, sub: string): ScimValue {
  if (Array.isArray(value)) return value.map((element) => parts(element, sub));
  const part = isComplex(value) ? value[sub] : undefined;
  return part === undefined ? {} : { [sub]: part };
}

/** Two parts of the same value, asked for one by one. */
function joined(was: ScimValue | undefined, more: ScimValue): ScimValue {
  if (Array.isArray(was) && Array.isArray(more)) {
    return more.map((element, index) => joined(was[index], element));
  }
  return isComplex(was) && isComplex(more) ? { ...was, ...more } : more;
}

function exclude(resource: ScimObject, { schema, attribute, sub }: Target): void {
  const holder = schema === undefined ? resource : resource[schema];
  if (!isComplex(holder)) return;
  if (!sub) {
    delete holder[attribute.name];
    return;
  }
  const value = holder[attribute.name];
  for (const element of Array.isArray(value) ? value : [value]) {
    if (isComplex(element)) delete element[sub.name];
  }
}
