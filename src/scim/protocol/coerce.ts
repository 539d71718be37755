import { badRequest, quoted } from './errors';
import type { Attribute } from './schema';
import { named } from './schema';
import type { ScimObject, ScimValue } from './scim-value';
import { booleanOf, isComplex, isObject, isStorable, refuseOther } from './scim-value';

const MAX_ELEMENTS = 200;

/**
 * What a client sent for an attribute, in the attribute's own type. Connectors differ, so `null` is absent, one
 * value may stand for a list or a list of one for a value, booleans may be text, and a plain value may stand for
 * a complex one that has a `value`. Undefined: nothing was sent. Throws invalidValue for what has no reading.
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
 * RFC 7643 section 2.4: no two values of an attribute say the same. Whether it is the primary one is no part of what a value
 * says, and the one that is stays it.
 */
export function eachOnce<T extends ScimValue>(elements: T[]): T[] {
  return elements.length < 2 ? elements : withAdded([], elements).elements;
}

/** Values and those that come to them, each once; `preferred` is the primary one of what came. */
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
 * What a value says, whether or not it is the primary one and in whatever order: the same text for the same. By it
 * hundreds of values are told apart without holding each against each.
 */
export function meaningOf(element: ScimValue): string {
  if (!isComplex(element)) return JSON.stringify(element);
  const names = Object.keys(element).filter((name) => name !== 'primary');
  return JSON.stringify(names.sort().map((name) => [name, element[name]]));
}

/** One element of a multi-valued attribute, or the whole of a single-valued one. */
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

/** Of several primary elements the one that was there first stays primary, or the one named. */
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
