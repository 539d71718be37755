import { badRequest, quoted } from './errors';
import type { Attribute } from './schema';
import { named } from './schema';
import type { ScimObject, ScimValue } from './scim-value';
import { booleanOf, isComplex, isObject, isStorable, refuseOther } from './scim-value';

const MAX_ELEMENTS = 200;

/**
 * Converts a value from a request to the type of its attribute. Accepts what connectors send: `null` as missing, one
 * value for a list and a list of one for a value, text for booleans, and a plain value for a complex one with a
 * `value`. Undefined when nothing was sent. Throws invalidValue for anything else.
 */
export function readValue(attribute: Attribute, sent: unknown): ScimValue | undefined {
  if (sent === null || sent === undefined) return undefined;
  if (!attribute.multiValued) return readOne(attribute, unwrapped(attribute, sent));

  const list: unknown[] = Array.isArray(sent) ? sent : [sent];
  if (list.length > MAX_ELEMENTS) {
    throw badRequest('invalidValue', `${attribute.name} takes at most ${MAX_ELEMENTS} values.`);
  }
  const elements = list
    .map((element) => readOne(attribute, element))
    .filter((element) => element !== undefined);
  return elements.length > 0 ? keepOnePrimary(eachOnce(elements)) : undefined;
}

/**
 * Removes equal values (RFC 7643 section 2.4). `primary` does not count in the comparison; the value that has it keeps
 * it.
 */
export function eachOnce<T extends ScimValue>(elements: T[]): T[] {
  return elements.length < 2 ? elements : withAdded([], elements).elements;
}

/** Adds values, without duplicates. `preferred` is the primary value among the added ones. */
export function withAdded<T extends ScimValue>(
  held: readonly T[],
  added: readonly T[],
): { elements: T[]; preferred: T | undefined } {
  const elements = [...held];
  // Of two of one meaning the first counts.
  const known = new Map([...held].reverse().map((element) => [meaningOf(element), element]));
  let preferred: T | undefined;
  for (const element of added) {
    const meaning = meaningOf(element);
    const there = known.get(meaning);
    if (there === undefined) {
      elements.push(element);
      known.set(meaning, element);
    } else if (isPrimary(element)) (there as ScimObject).primary = true;
    if (isPrimary(element)) preferred ??= there ?? element;
  }
  return { elements, preferred };
}

const isPrimary = (element: ScimValue): boolean => isComplex(element) && element.primary === true;

/**
 * A text that is equal for equal values, ignoring `primary` and the order of sub-attributes. Finds duplicates without
 * comparing every pair.
 */
export function meaningOf(element: ScimValue): string {
  if (!isComplex(element)) return JSON.stringify(element);
  const names = Object.keys(element).filter((name) => name !== 'primary');
  return JSON.stringify(names.sort().map((name) => [name, element[name]]));
}

/** Converts one element of a multi-valued attribute, or the value of a single-valued one. */
export function readOne(attribute: Attribute, sent: unknown): ScimValue | undefined {
  if (sent === null || sent === undefined) return undefined;
  switch (attribute.type) {
    case 'complex':
      return readComplex(attribute, sent);
    case 'boolean': {
      const value = booleanOf(sent);
      if (value === undefined) throw badRequest('invalidValue', `${attribute.name} is true or false.`);
      return value;
    }
    case 'binary':
      return readBinary(attribute, sent);
    default:
      return readText(attribute, sent);
  }
}

/** RFC 7643 section 2.3.6: base64, or base64url; lines and the padding are as they come. */
function readBinary(attribute: Attribute, sent: unknown): string {
  const text = readText(attribute, sent);
  if (/^[\w+/-]*={0,2}$/.test(text.replace(/\s/g, ''))) return text;
  throw badRequest('invalidValue', `${attribute.name} is base64.`);
}

/** Leaves one primary element: `preferred` if it is primary, else the first primary one. */
export function keepOnePrimary<T extends ScimValue>(elements: T[], preferred?: T): T[] {
  const chosen = preferred !== undefined && isPrimary(preferred) ? preferred : elements.find(isPrimary);
  for (const element of elements) {
    if (element !== chosen && isPrimary(element)) (element as ScimObject).primary = false;
  }
  return elements;
}

function readComplex(attribute: Attribute, sent: unknown): ScimObject | undefined {
  const value = typeof sent === 'string' ? objectIn(sent) : sent;
  if (!isObject(value)) {
    const plain = named(attribute.subAttributes ?? [], 'value');
    if (!plain) throw badRequest('invalidValue', `${attribute.name} is an object.`);
    const text = sent === '' ? undefined : readOne(plain, sent);
    return text === undefined ? undefined : { value: text };
  }
  const read: ScimObject = {};
  for (const [key, part] of Object.entries(value)) {
    const sub = named(attribute.subAttributes ?? [], key);
    if (!sub || sub.mutability === 'readOnly') continue;
    const subValue = readValue(sub, part);
    refuseOther(`${attribute.name}.${sub.name}`, read[sub.name], subValue);
    if (subValue !== undefined) read[sub.name] = subValue;
  }
  return Object.keys(read).length > 0 ? read : undefined;
}

/** Entra writes complex values as JSON inside a string in some mappings. */
function objectIn(text: string): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readText(attribute: Attribute, sent: unknown): string {
  if (typeof sent !== 'string') throw badRequest('invalidValue', `${attribute.name} is text.`);
  if (sent.length > attribute.maxLength) {
    throw badRequest('invalidValue', `${attribute.name} is longer than ${attribute.maxLength} characters.`);
  }
  if (!isStorable(sent)) {
    throw badRequest(
      'invalidValue',
      `${attribute.name} contains a character that cannot be stored: ${quoted(sent)}.`,
    );
  }
  return sent;
}

function unwrapped(attribute: Attribute, sent: unknown): unknown {
  if (!Array.isArray(sent)) return sent;
  if (sent.length > 1) throw badRequest('invalidValue', `${attribute.name} takes one value.`);
  return sent[0];
}
