import { isDay } from '../../http/instant';
import type { Comparison, Filter, Literal } from './filter';
import type { Attribute, AttributeName, ResourceSchema, Target } from './schema';
import { named } from './schema';
import { booleanOf, isStorable } from './scim-value';

/** A test of one value: present, or compared with a literal of the attribute's type. */
export type Test =
  { readonly operator: 'pr' } | { readonly operator: Comparison; readonly value: string | boolean | Date };

/**
 * A filter with resolved attributes and typed literals. A test of a multi-valued attribute holds when one of its
 * values matches; inside `values`, all tests apply to the same element.
 */
export type TypedFilter =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly TypedFilter[] }
  | { readonly kind: 'not'; readonly term: TypedFilter }
  /** About an attribute that resources of this type do not have: as if it had no value. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'test'; readonly target: Target; readonly test: Test }
  | { readonly kind: 'values'; readonly target: Target; readonly filter: TypedFilter };

/** An unknown attribute name; the message is the name. */
export class UnknownAttributeError extends Error {}

/** A comparison that the attribute's type does not know (RFC 7644 section 3.4.2.2). The message says which. */
export class UnsupportedComparisonError extends Error {}

/** Gives the names of a filter their attributes. Undefined: unknown; 'elsewhere': of other resource types only. */
export type Resolve = (name: AttributeName) => Target | 'elsewhere' | undefined;

/** Throws UnknownAttributeError and UnsupportedComparisonError. */
export function typed(filter: Filter, schema: Pick<ResourceSchema, 'resolve'> | Resolve): TypedFilter {
  const resolve: Resolve = typeof schema === 'function' ? schema : (name) => schema.resolve(name);
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, terms: filter.terms.map((term) => typed(term, resolve)) };
    case 'not':
      return { kind: 'not', term: typed(filter.term, resolve) };
    case 'present': {
      const target = resolved(filter.name, resolve);
      return target === 'elsewhere'
        ? { kind: 'nothing' }
        : { kind: 'test', target, test: { operator: 'pr' } };
    }
    case 'compare': {
      const target = resolved(filter.name, resolve);
      if (target === 'elsewhere') return ofNothing(filter.operator, filter.literal);
      return comparison(target, filter.operator, filter.literal);
    }
    case 'values': {
      const target = resolved(filter.name, resolve);
      if (target === 'elsewhere') return { kind: 'nothing' };
      if (target.attribute.type !== 'complex') throw new UnknownAttributeError(filter.name.attribute);
      return { kind: 'values', target, filter: typedWithin(filter.filter, target.attribute) };
    }
  }
}

/** A filter in brackets: about the parts of one element of this attribute. Throws as `typed` does. */
export function typedWithin(filter: Filter, attribute: Attribute): TypedFilter {
  return typed(filter, (name) => {
    const sub =
      name.schema === undefined && name.sub === undefined
        ? named(attribute.subAttributes ?? [], name.attribute)
        : undefined;
    return sub && { attribute: sub };
  });
}

function resolved(name: AttributeName, resolve: Resolve): Target | 'elsewhere' {
  const target = resolve(name);
  if (!target) {
    throw new UnknownAttributeError(
      name.sub === undefined ? name.attribute : `${name.attribute}.${name.sub}`,
    );
  }
  return target;
}

/** Absent is unlike everything. */
function ofNothing(operator: Comparison, literal: Literal): TypedFilter {
  const holds = operator === 'ne' ? literal !== null : operator === 'eq' && literal === null;
  return holds ? { kind: 'not', term: { kind: 'nothing' } } : { kind: 'nothing' };
}

function comparison(target: Target, operator: Comparison, literal: Literal): TypedFilter {
  if (literal === null) {
    const present: TypedFilter = { kind: 'test', target, test: { operator: 'pr' } };
    if (operator === 'ne') return present;
    if (operator === 'eq') return { kind: 'not', term: present };
    throw new UnsupportedComparisonError(`nothing is ${operator} null`);
  }
  const compared = asValue(target);
  const value = literalOf(compared.sub ?? compared.attribute, operator, literal);
  return { kind: 'test', target: compared, test: { operator, value } };
}

/** RFC 7643 section 2.4: a complex attribute without a sub-attribute means its value: `emails eq "…"`. */
function asValue(target: Target): Target {
  if (target.sub || target.attribute.type !== 'complex') return target;
  const sub = named(target.attribute.subAttributes ?? [], 'value');
  if (!sub) throw new UnsupportedComparisonError(`${target.attribute.name} is compared by one of its parts`);
  return { ...target, sub };
}

const ORDERING: readonly Comparison[] = ['gt', 'ge', 'lt', 'le'];

function literalOf(
  { name, type }: Attribute,
  operator: Comparison,
  literal: string | number | boolean,
): string | boolean | Date {
  switch (type) {
    case 'boolean': {
      const value = booleanOf(literal);
      if (value === undefined || (operator !== 'eq' && operator !== 'ne')) {
        throw new UnsupportedComparisonError(`${name} is compared by eq or ne with true or false`);
      }
      return value;
    }
    case 'dateTime':
      if (operator === 'co' || operator === 'sw' || operator === 'ew') {
        throw new UnsupportedComparisonError(`${name} is a point in time and not compared by ${operator}`);
      }
      return instantOf(name, literal);
    case 'complex':
      throw new UnsupportedComparisonError(`${name} is compared by one of its parts`);
    default:
      if (type === 'binary' && ORDERING.includes(operator)) {
        throw new UnsupportedComparisonError(`${name} has no order`);
      }
      if (typeof literal !== 'string') {
        throw new UnsupportedComparisonError(`${name} is compared with text in double quotes`);
      }
      if (!isStorable(literal)) {
        throw new UnsupportedComparisonError('it contains a character that cannot be stored');
      }
      return literal;
  }
}

/** xsd:dateTime, as far as a database reaches: the years 1 to 9999. Without a zone it is UTC. */
const DATE_TIME = /^((?!0000)\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/i;

function instantOf(name: string, literal: string | number | boolean): Date {
  const [text, day, zone] = DATE_TIME.exec(String(literal)) ?? [];
  const instant = new Date(text === undefined ? Number.NaN : zone ? text : `${text}Z`);
  if (day === undefined || Number.isNaN(instant.getTime()) || !isDay(day)) {
    throw new UnsupportedComparisonError(`${name} is compared with a time like "2026-01-31T09:30:00Z"`);
  }
  return instant;
}
