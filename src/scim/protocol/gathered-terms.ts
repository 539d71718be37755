import { keyOf } from './filter-lookups';
import type { Attribute, Target } from './schema';
import type { Elements, Expression, SqlAttributes } from './sql-attributes';
import type { TypedFilter } from './typed-filter';

/** A text that may equal any of several keys. */
export interface OneOf {
  /** The multi-valued attribute that it is a part of; undefined for an attribute in the row itself. */
  readonly elements: Elements | undefined;
  readonly part: Attribute;
  readonly expression: Expression;
  readonly keys: string[];
}

/**
 * Splits the terms of an `or`: equality tests of the same attribute are grouped, the others are returned as they are.
 */
export function gathered(
  terms: readonly TypedFilter[],
  attributes: SqlAttributes,
): { texts: OneOf[]; others: TypedFilter[] } {
  const groups: { text: OneOf; terms: TypedFilter[] }[] = [];
  const others: TypedFilter[] = [];
  for (const term of terms) {
    const text = term.kind === 'test' ? textOf(term.target, attributes) : undefined;
    const key = term.kind === 'test' && text ? keyOf(text.part, term.test) : undefined;
    if (!text || key === undefined) {
      others.push(term);
      continue;
    }
    const group = groups.find(({ text: known }) => known.part === text.part && isSamePlace(known, text));
    if (!group) groups.push({ text: { ...text, keys: [key] }, terms: [term] });
    else {
      group.text.keys.push(key);
      group.terms.push(term);
    }
  }
  const alone = groups.filter((group) => group.terms.length === 1).flatMap((group) => group.terms);
  return {
    texts: groups.filter((group) => group.terms.length > 1).map(({ text }) => text),
    others: [...alone, ...others],
  };
}

/** What is compared with a key: in lower case, unless case matters. */
export const comparable = (expression: Expression, { caseExact }: Attribute): string =>
  caseExact ? expression.sql : (expression.key ?? `lower(${expression.sql})`);

function textOf(target: Target, attributes: SqlAttributes): Omit<OneOf, 'keys'> | undefined {
  const part = target.sub ?? target.attribute;
  const whole = attributes.of({ ...target, sub: undefined });
  const elements = whole?.kind === 'elements' ? whole : undefined;
  // Where a condition on the row says all there is to say, that is asked for each.
  if (elements && (!target.sub || elements.exactly)) return undefined;
  const expression = elements ? elements.part(part) : attributes.of(target);
  return expression?.kind === 'text' ? { elements, part, expression } : undefined;
}

const isSamePlace = (a: Omit<OneOf, 'keys'>, b: Omit<OneOf, 'keys'>): boolean =>
  a.elements ? a.elements === b.elements : !b.elements && a.expression.sql === b.expression.sql;
