import { isObject, isSame, type ScimValue, type SentObject } from '../protocol/scim-value';

/** An attribute before and after a change. */
export interface ChangedAttribute {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * The changed attributes in an event. An extension is recorded as a whole; here it is reduced to the attributes that
 * differ.
 */
export function changedAttributes(changes: unknown): ChangedAttribute[] {
  if (!isObject(changes)) return [];
  return Object.entries(changes).flatMap(([name, change]) => {
    const { before = null, after = null } = asObject(change);
    return name.startsWith('urn:') ? partsOf(asObject(before), asObject(after)) : { name, before, after };
  });
}

function partsOf(before: SentObject, after: SentObject): ChangedAttribute[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map((name) => ({ name, before: before[name] ?? null, after: after[name] ?? null }))
    .filter((part) => !isSame(part.before as ScimValue, part.after as ScimValue));
}

const asObject = (value: unknown): SentObject => (isObject(value) ? value : {});
