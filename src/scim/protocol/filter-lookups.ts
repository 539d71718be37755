import { fold } from './fold';
import type { Attribute } from './schema';
import type { Elements, Expression, SqlAttributes } from './sql-attributes';
import type { Test, TypedFilter } from './typed-filter';

/** An index look-up of few rows by the value of one attribute. */
interface Lookup {
  /** Where it is looked up; lookups of the same place differ by their keys alone. */
  readonly place: Expression | Elements;
  readonly part?: Attribute;
  readonly key: string;
  /** A select of ids. `wanted` returns the SQL behind the equals sign. */
  select(wanted: () => string): string;
}

/**
 * Look-ups that together find every row that can match the filter: one of the terms of an `and` suffices, an `or`
 * needs all. Not needed for a unique attribute outside an `or`.
 */
export function lookupsFor(
  filter: TypedFilter,
  attributes: SqlAttributes,
  within: 'and' | 'or' = 'and',
): Lookup[] | undefined {
  switch (filter.kind) {
    case 'and':
      return firstOf(filter.terms, (term) => lookupsFor(term, attributes, within));
    case 'or':
      return allOf(filter.terms, (term) => lookupsFor(term, attributes, 'or'));
    case 'test': {
      const { target, test } = filter;
      const place = attributes.of({ ...target, sub: undefined });
      if (place?.kind === 'elements') return target.sub && lookupIn(place, target.sub, test);
      return within === 'or'
        ? lookupOf(attributes.of(target), target.sub ?? target.attribute, test)
        : undefined;
    }
    case 'values': {
      const place = attributes.of({ ...filter.target, sub: undefined });
      return place?.kind === 'elements' ? lookupsWithin(place, filter.filter) : undefined;
    }
    case 'nothing':
      return [];
    default:
      return undefined;
  }
}

/** Merges the look-ups into one select: those of the same attribute become one index search by several keys. */
export function selectOf(
  lookups: readonly Lookup[],
  parameter: (value: string | readonly string[]) => string,
): string {
  const groups: Lookup[][] = [];
  for (const lookup of lookups) {
    const group = groups.find(([one]) => one!.place === lookup.place && one!.part === lookup.part);
    if (group && lookup.place.kind !== 'id') group.push(lookup);
    else groups.push([lookup]);
  }
  return groups
    .map(([first, ...others]) =>
      first!.select(() =>
        others.length === 0
          ? `${parameter(first!.key)}::text`
          : `any(${parameter([first!, ...others].map(({ key }) => key))}::text[])`,
      ),
    )
    .join(' union ');
}

/** The index key that a test compares with; undefined unless it is an equality with a text. */
export function keyOf(part: Attribute, test: Test): string | undefined {
  if (test.operator !== 'eq' || typeof test.value !== 'string') return undefined;
  return part.caseExact ? test.value : fold(test.value);
}

function lookupIn(elements: Elements, part: Attribute, test: Test): Lookup[] | undefined {
  const key = keyOf(part, test);
  if (key === undefined || elements.ids?.(part, () => '') === undefined) return undefined;
  return [{ place: elements, part, key, select: (wanted) => elements.ids!(part, wanted)! }];
}

/** As `lookupsFor`, for a filter in brackets. */
function lookupsWithin(elements: Elements, filter: TypedFilter): Lookup[] | undefined {
  switch (filter.kind) {
    case 'and':
      return firstOf(filter.terms, (term) => lookupsWithin(elements, term));
    case 'or':
      return allOf(filter.terms, (term) => lookupsWithin(elements, term));
    case 'test':
      return lookupIn(elements, filter.target.attribute, filter.test);
    default:
      return undefined;
  }
}

function lookupOf(
  place: Expression | Elements | undefined,
  attribute: Attribute,
  test: Test,
): Lookup[] | undefined {
  const key = keyOf(attribute, test);
  if (key === undefined || place === undefined || place.kind === 'elements' || !place.ids) return undefined;
  return [{ place, key, select: (wanted) => place.ids!(wanted) }];
}

function firstOf<T, R>(all: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function allOf<T, R>(all: readonly T[], find: (one: T) => R[] | undefined): R[] | undefined {
  const found = all.map(find);
  return found.every((each) => each !== undefined) ? found.flat() : undefined;
}
