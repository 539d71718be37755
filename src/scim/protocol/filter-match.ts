import type { Comparison, Filter, Literal } from './filter';
import type { Attribute, AttributeName } from './schema';
import { named } from './schema';
import type { ScimObject, ScimValue } from './scim-value';
import { booleanOf } from './scim-value';

/** The name of something the attribute does not have; carries what was asked for. */
export class UnknownAttributeError extends Error {}

/**
 * Whether a filter in brackets holds for one element of a multi-valued attribute (RFC 7644 section 3.5.2).
 * Throws UnknownAttributeError for a name that is no sub-attribute of it.
 */
export function matches(filter: Filter, element: ScimObject, attribute: Attribute): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.terms.every((term) => matches(term, element, attribute));
    case 'or':
      return filter.terms.some((term) => matches(term, element, attribute));
    case 'not':
      return !matches(filter.term, element, attribute);
    case 'present':
      return isPresent(element[subAttribute(attribute, filter.name).name]);
    case 'compare': {
      const sub = subAttribute(attribute, filter.name);
      return compares(sub, element[sub.name], filter.operator, filter.literal);
    }
    case 'values':
      throw new UnknownAttributeError(filter.name.attribute);
  }
}

/**
 * The element a filter describes, when it does no more than name values: `type eq "work" and primary eq true`.
 * Undefined for every other filter: it does not say how to make an element that satisfies it.
 */
export function elementFor(filter: Filter, attribute: Attribute): ScimObject | undefined {
  if (filter.kind === 'and') {
    const parts = filter.terms.map((term) => elementFor(term, attribute));
    return parts.every((part) => part !== undefined)
      ? (Object.assign({}, ...parts) as ScimObject)
      : undefined;
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq') return undefined;
  const sub = subAttribute(attribute, filter.name);
  const value = sub.type === 'boolean' ? booleanOf(filter.literal) : filter.literal;
  return typeof value === 'string' || typeof value === 'boolean' ? { [sub.name]: value } : undefined;
}

function subAttribute(attribute: Attribute, name: AttributeName): Attribute {
  const found =
    name.schema === undefined && name.sub === undefined
      ? named(attribute.subAttributes ?? [], name.attribute)
      : undefined;
  if (!found) throw new UnknownAttributeError(name.attribute);
  return found;
}

function compares(
  attribute: Attribute,
  value: ScimValue | undefined,
  operator: Comparison,
  literal: Literal,
): boolean {
  if (literal === null) return operator === 'eq' ? !isPresent(value) : operator === 'ne' && isPresent(value);
  if (attribute.type === 'boolean') {
    const wanted = booleanOf(literal);
    if (operator === 'eq') return value !== undefined && value === wanted;
    return operator === 'ne' && value !== wanted;
  }
  if (operator === 'ne') return !compares(attribute, value, 'eq', literal);
  if (typeof value !== 'string' || typeof literal !== 'string') return false;
  const fold = (text: string) => (attribute.caseExact ? text : text.toLowerCase());
  return comparesText(fold(value), operator, fold(literal));
}

function comparesText(value: string, operator: Exclude<Comparison, 'ne'>, literal: string): boolean {
  switch (operator) {
    case 'eq':
      return value === literal;
    case 'co':
      return value.includes(literal);
    case 'sw':
      return value.startsWith(literal);
    case 'ew':
      return value.endsWith(literal);
    case 'gt':
      return value > literal;
    case 'ge':
      return value >= literal;
    case 'lt':
      return value < literal;
    case 'le':
      return value <= literal;
  }
}

/** RFC 7644: present means a value that is not empty. */
function isPresent(value: ScimValue | undefined): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}
