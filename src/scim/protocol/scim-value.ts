import { badRequest } from './errors';

/** A value as SCIM knows it. Absent and null are one thing (RFC 7643 section 2.5), so null does not occur. */
export type ScimValue = string | boolean | ScimObject | ScimValue[];

/** A resource or a complex value. Its keys come from the schema table, never from a client. */
export interface ScimObject {
  [attribute: string]: ScimValue;
}

/** A JSON object that a client sent, whatever is in it. */
export type SentObject = Record<string, unknown>;

export function isObject(value: unknown): value is SentObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A stored complex value; multi-valued attributes and plain values are none. */
export function isComplex(value: ScimValue | undefined): value is ScimObject {
  return isObject(value);
}

/** The elements of a multi-valued complex attribute. */
export function elementsOf(value: ScimValue | undefined): ScimObject[] {
  return Array.isArray(value) ? value.filter(isComplex) : [];
}

/**
 * Reads a message's own property; names of message properties are compared without case, too. Throws invalidSyntax for
 * one that is there in two spellings.
 */
export function property(sent: SentObject, name: string): unknown {
  const wanted = name.toLowerCase();
  let found: string | undefined;
  for (const key of Object.keys(sent)) {
    if (key !== name && key.toLowerCase() !== wanted) continue;
    if (found !== undefined) throw twice(name);
    found = key;
  }
  return found === undefined ? undefined : sent[found];
}

/** Refuses a second value, under another spelling of the same name, that says something else than the first. */
export function refuseOther(name: string, first: unknown, second: unknown): void {
  if (first === undefined || second === undefined || isSame(first as ScimValue, second as ScimValue)) return;
  throw twice(name);
}

const twice = (name: string): Error => badRequest('invalidSyntax', `${name} is there twice. Send it once.`);

/** True, false, and the text some clients send for them. Undefined: something else. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** NUL and lone surrogates are JSON, but no text that a database can keep. */
export function isStorable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}

/** Whether two values say the same; the order of keys says nothing, the order of a list does. */
export function isSame(one: ScimValue | undefined, other: ScimValue | undefined): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((element, index) => isSame(element, other[index]));
  }
  if (isComplex(one) && isComplex(other)) {
    const keys = Object.keys(one);
    return keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]));
  }
  return one === other;
}
