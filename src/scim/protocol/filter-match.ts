import type { Comparison } from './filter';
import { compareByCodePoint, fold } from './fold';
import type { Attribute, Target } from './schema';
import type { ScimObject, ScimValue } from './scim-value';
import { isComplex } from './scim-value';
import type { Test, TypedFilter } from './typed-filter';

/**
 * Whether a filter holds for a resource, or for an element in brackets. The very same answer as the SQL gives that
 * the filter is compiled to.
 */
export function matches(filter: TypedFilter, resource: ScimObject): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.terms.every((term) => matches(term, resource));
    case 'or':
      return filter.terms.some((term) => matches(term, resource));
    case 'not':
      return !matches(filter.term, resource);
    case 'nothing':
      return false;
    case 'test':
      return holds(filter.target, valueAt(filter.target, resource), filter.test);
    case 'values':
      return elementsAt(filter.target, resource).some(
        (element) => isComplex(element) && matches(filter.filter, element),
      );
  }
}

/**
 * The element a filter describes, when it does no more than name values: `type eq "work" and primary eq true`.
 * Undefined for every other filter: it does not say how to make an element that satisfies it.
 */
export function elementFor(filter: TypedFilter): ScimObject | undefined {
  if (filter.kind === 'and') {
    const parts = filter.terms.map(elementFor);
    return parts.every((part) => part !== undefined)
      ? (Object.assign({}, ...parts) as ScimObject)
      : undefined;
  }
  if (filter.kind !== 'test' || filter.test.operator !== 'eq') return undefined;
  const { value } = filter.test;
  return value instanceof Date ? undefined : { [filter.target.attribute.name]: value };
}

function holds({ attribute, sub }: Target, value: ScimValue | undefined, test: Test): boolean {
  // Of a multi-valued attribute without values nothing holds, not even that it differs.
  const all = attribute.multiValued ? (Array.isArray(value) ? value : []) : [value];
  const asked = sub ? all.map((one) => (isComplex(one) ? one[sub.name] : undefined)) : all;
  return asked.some((one) =>
    test.operator === 'pr' ? isPresent(one) : compares(sub ?? attribute, one, test.operator, test.value),
  );
}

function compares(
  attribute: Attribute,
  value: ScimValue | undefined,
  operator: Comparison,
  wanted: string | boolean | Date,
): boolean {
  if (operator === 'ne') return !compares(attribute, value, 'eq', wanted);
  if (typeof wanted === 'boolean') return value === wanted;
  if (typeof value !== 'string') return false;
  if (wanted instanceof Date) {
    return isOrdered(new Date(value).getTime() - wanted.getTime(), operator);
  }
  return attribute.caseExact
    ? comparesText(value, operator, wanted)
    : comparesText(fold(value), operator, fold(wanted));
}

function comparesText(value: string, operator: Comparison, wanted: string): boolean {
  switch (operator) {
    case 'co':
      return value.includes(wanted);
    case 'sw':
      return value.startsWith(wanted);
    case 'ew':
      return value.endsWith(wanted);
    case 'eq':
      return value === wanted;
    default:
      return isOrdered(compareByCodePoint(value, wanted), operator);
  }
}

function isOrdered(difference: number, operator: Comparison): boolean {
  switch (operator) {
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
    default:
      return difference === 0;
  }
}

function valueAt({ schema, attribute }: Target, resource: ScimObject): ScimValue | undefined {
  const holder = schema === undefined ? resource : resource[schema];
  return isComplex(holder) ? holder[attribute.name] : undefined;
}

function elementsAt(target: Target, resource: ScimObject): ScimValue[] {
  const value = valueAt(target, resource);
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** RFC 7644 section 3.4.2.2: a value that is not empty, or a complex one with a part that is not. */
function isPresent(value: ScimValue | undefined): boolean {
  if (value === undefined || value === '') return false;
  return typeof value === 'object' ? Object.values(value).some(isPresent) : true;
}
