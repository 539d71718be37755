import { badRequest, quoted } from './errors';
import type { Comparison } from './filter';
import { FilterSyntaxError, parseFilter } from './filter';
import { keyOf, lookupsFor, selectOf } from './filter-lookups';
import { comparable, gathered, type OneOf } from './gathered-terms';
import { afterAllThatStartWith, fold } from './fold';
import type { Attribute, Target } from './schema';
import type { Elements, Expression, SqlAttributes } from './sql-attributes';
import {
  type Resolve,
  type Test,
  typed,
  type TypedFilter,
  UnknownAttributeError,
  UnsupportedComparisonError,
} from './typed-filter';

export interface SqlCondition {
  sql: string;
  /** A select of the ids of rows, few and different, among which are all that satisfy the condition. */
  ids?: string;
  /** Whether indexes find all who can satisfy it, and those are few. */
  findsFew?: true;
  parameters: FilterParameter[];
}

/** One text, or all that something may equal. */
export type FilterParameter = string | readonly string[];

/**
 * Compiles a `filter` parameter to a SQL condition with parameters $1, $2, … Throws invalidFilter for syntax errors
 * and for filters that are well-formed but meaningless here, so that a filter is never answered inexactly. Its
 * parameters follow those of `before`, a condition in the same statement.
 */
export function compileFilter(
  text: string,
  resolve: Resolve,
  attributes: SqlAttributes,
  before: readonly FilterParameter[] = [],
): SqlCondition {
  const compiler = new FilterCompiler(attributes, [...before]);
  const filter = readFilter(text, resolve);
  const ids = compiler.ids(filter);
  return {
    sql: compiler.condition(filter),
    ...(ids !== undefined && { ids }),
    ...(lookupsFor(filter, attributes, 'or') && { findsFew: true }),
    parameters: compiler.parameters,
  };
}

/** The text of a `filter` parameter with its names and types. Throws invalidFilter. */
export function readFilter(text: string, resolve: Resolve): TypedFilter {
  try {
    return typed(parseFilter(text), resolve);
  } catch (error) {
    if (error instanceof FilterSyntaxError) {
      throw badRequest('invalidFilter', `The filter cannot be read: ${error.message}.`);
    }
    if (error instanceof UnknownAttributeError) {
      throw badRequest('invalidFilter', `There is no attribute ${quoted(error.message)} to filter by.`);
    }
    if (error instanceof UnsupportedComparisonError) {
      throw badRequest('invalidFilter', `The filter means nothing: ${error.message}.`);
    }
    throw error;
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

class FilterCompiler {
  /** Once rows are found by their ids nothing needs to be looked up besides. */
  private isFound = false;

  constructor(
    private readonly attributes: SqlAttributes,
    readonly parameters: FilterParameter[],
  ) {}

  /** A select of the candidate ids, if the filter allows one. Must be called first. */
  ids(filter: TypedFilter): string | undefined {
    const lookups = lookupsFor(filter, this.attributes);
    if (!lookups || lookups.length === 0) return undefined;
    this.isFound = true;
    return selectOf(lookups, (value) => this.parameter(value));
  }

  condition(filter: TypedFilter): string {
    switch (filter.kind) {
      case 'and':
        return `(${filter.terms.map((term) => this.condition(term)).join(' and ')})`;
      case 'or':
        return this.either(filter.terms);
      case 'not':
        return not(this.condition(filter.term));
      case 'nothing':
        return 'false';
      case 'test':
        return this.test(filter.target, filter.test);
      case 'values':
        return this.values(filter.target, filter.filter);
    }
  }

  /** Merges comparisons of the same attribute into one, however many values there are. */
  private either(terms: readonly TypedFilter[]): string {
    const { texts, others } = gathered(terms, this.attributes);
    const conditions = [
      ...texts.map((text) => this.oneOf(text)),
      ...others.map((term) => this.condition(term)),
    ];
    return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' or ')})`;
  }

  private oneOf({ elements, part, expression, keys }: OneOf): string {
    const equals = `${comparable(expression, part)} = any(${this.parameter(keys)}::text[])`;
    if (!elements) return equals;
    const exact = anyOf(elements, equals);
    if (this.isFound) return exact;
    const among = elements.among?.(part, () => `any(${this.parameter(keys)}::text[])`);
    return among === undefined ? exact : `(${among} and ${exact})`;
  }

  private test(target: Target, test: Test): string {
    const whole = this.attributes.of({ ...target, sub: undefined });
    if (whole?.kind === 'elements') return this.testElements(whole, target, test);
    if (test.operator === 'pr') return this.present(target);
    const expression = this.attributes.of(target);
    if (!expression || expression.kind === 'elements') throw unsupported(target);
    return this.compare(expression, target.sub ?? target.attribute, test.operator, test.value);
  }

  private testElements(elements: Elements, target: Target, test: Test): string {
    const parts = target.sub ? [target.sub] : (target.attribute.subAttributes ?? []);
    if (test.operator === 'pr') {
      return anyOf(elements, parts.map((part) => presence(elements.part(part))).join(' or '));
    }
    const [part] = parts;
    if (!target.sub || !part) throw unsupported(target);
    const known = this.known(elements, part, test);
    if (known !== undefined) return known;
    const exact = anyOf(elements, this.compare(elements.part(part), part, test.operator, test.value));
    return this.narrowed(elements, part, test, exact);
  }

  private values(target: Target, filter: TypedFilter): string {
    const whole = this.attributes.of({ ...target, sub: undefined });
    if (whole?.kind === 'elements') {
      const known =
        filter.kind === 'test' ? this.known(whole, filter.target.attribute, filter.test) : undefined;
      if (known !== undefined) return known;
      const exact = anyOf(whole, this.elementCondition(whole, filter));
      // What every element that satisfies the whole must satisfy alone can be looked up by it.
      return conjuncts(filter).reduce(
        (narrowed, term) =>
          term.kind === 'test' ? this.narrowed(whole, term.target.attribute, term.test, narrowed) : narrowed,
        exact,
      );
    }
    // A single-valued complex attribute: its sub-attributes are in the row itself.
    return `(${this.present(target)} and ${this.condition(lifted(filter, target))})`;
  }

  /** A filter in brackets, over one element. */
  private elementCondition(elements: Elements, filter: TypedFilter): string {
    switch (filter.kind) {
      case 'and':
      case 'or':
        return `(${filter.terms.map((term) => this.elementCondition(elements, term)).join(` ${filter.kind} `)})`;
      case 'not':
        return not(this.elementCondition(elements, filter.term));
      case 'test': {
        const { attribute } = filter.target;
        const part = elements.part(attribute);
        if (filter.test.operator === 'pr') return presence(part);
        return this.compare(part, attribute, filter.test.operator, filter.test.value);
      }
      default:
        return 'false';
    }
  }

  /** The condition on the resource's row that says all there is to say. */
  private known(elements: Elements, part: Attribute, test: Test): string | undefined {
    if (test.operator !== 'eq' || typeof test.value !== 'string' || !part.caseExact) return undefined;
    const { value } = test;
    return elements.exactly?.(part, () => this.parameter(value));
  }

  /** With a way to the rows that an index serves, where there is one; the exact condition stays. */
  private narrowed(elements: Elements, part: Attribute, test: Test, exact: string): string {
    const key = this.isFound || !elements.among ? undefined : keyOf(part, test);
    const among = key === undefined ? undefined : elements.among?.(part, () => this.parameter(key));
    return among === undefined ? exact : `(${among} and ${exact})`;
  }

  private present(target: Target): string {
    const expression = this.attributes.of(target);
    if (expression && expression.kind !== 'elements') return presence(expression);
    const parts = target.sub ? [] : (target.attribute.subAttributes ?? []);
    const places = parts
      .map((sub) => this.attributes.of({ ...target, sub }))
      .filter((place) => place !== undefined);
    if (places.length === 0) throw unsupported(target);
    return `(${places.map((place) => presence(place as Expression)).join(' or ')})`;
  }

  private compare(
    expression: Expression,
    attribute: Attribute,
    operator: Comparison,
    value: string | boolean | Date,
  ): string {
    if (operator === 'ne') return not(this.compare(expression, attribute, 'eq', value));
    if (typeof value === 'boolean') return value ? expression.sql : `not ${expression.sql}`;
    if (value instanceof Date) return this.compareInstant(expression.sql, operator, value);
    if (expression.kind !== 'id') return this.compareText(expression, attribute, operator, value);
    if (operator === 'eq')
      return UUID.test(value) ? `${expression.sql} = ${this.parameter(value)}::uuid` : 'false';
    return this.compareText({ kind: 'text', sql: `${expression.sql}::text` }, attribute, operator, value);
  }

  /** Answers show milliseconds: what is finer than that does not tell two moments apart. */
  private compareInstant(sql: string, operator: Comparison, value: Date): string {
    const at = (milliseconds: number) =>
      `to_timestamp(${this.parameter(String(milliseconds))}::float8 / 1000)`;
    const [start, end] = [value.getTime(), value.getTime() + 1];
    switch (operator) {
      case 'gt':
        return `${sql} >= ${at(end)}`;
      case 'ge':
        return `${sql} >= ${at(start)}`;
      case 'lt':
        return `${sql} < ${at(start)}`;
      case 'le':
        return `${sql} < ${at(end)}`;
      default:
        return `(${sql} >= ${at(start)} and ${sql} < ${at(end)})`;
    }
  }

  private compareText(
    expression: Expression,
    attribute: Attribute,
    operator: Comparison,
    value: string,
  ): string {
    const folds = !attribute.caseExact;
    const sql = comparable(expression, attribute);
    const wanted = `${this.parameter(folds ? fold(value) : value)}::text`;
    switch (operator) {
      case 'eq':
        return `${sql} = ${wanted}`;
      case 'co':
        return `position(${wanted} in ${sql}) > 0`;
      case 'sw':
        return expression.key === undefined || !folds
          ? `starts_with(${sql}, ${wanted})`
          : this.startsWith(sql, wanted, fold(value));
      case 'ew':
        return `right(${sql}, length(${wanted})) = ${wanted}`;
      default:
        return `${sql} collate "C" ${SIGNS[operator]} ${wanted}`;
    }
  }

  /** As a range, which an index serves. */
  private startsWith(sql: string, prefix: string, text: string): string {
    const end = afterAllThatStartWith(text);
    const range = `${sql} >= ${prefix}`;
    return end === undefined ? range : `(${range} and ${sql} < ${this.parameter(end)}::text)`;
  }

  private parameter(value: FilterParameter): string {
    this.parameters.push(value);
    return `$${this.parameters.length}`;
  }
}

/** The filter, or what it joins by `and`. */
function conjuncts(filter: TypedFilter): readonly TypedFilter[] {
  return filter.kind === 'and' ? filter.terms : [filter];
}

const SIGNS = { gt: '>', ge: '>=', lt: '<', le: '<=', ne: '<>' } as const;

/** SQL's third truth value must not turn "not equal" into "unknown": absent is not equal. */
function not(condition: string): string {
  return `not coalesce(${condition}, false)`;
}

function presence({ kind, sql }: Expression): string {
  return kind === 'text' ? `${sql} <> ''` : `${sql} is not null`;
}

function anyOf({ from, where }: Elements, condition: string): string {
  return `exists (select from ${from} where ${where === undefined ? '' : `${where} and `}(${condition}))`;
}

/** The parts of a complex attribute in brackets, as parts of the resource. */
function lifted(filter: TypedFilter, { schema, attribute }: Target): TypedFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return {
        ...filter,
        terms: filter.terms.map((term) => lifted(term, { ...(schema && { schema }), attribute })),
      };
    case 'not':
      return { kind: 'not', term: lifted(filter.term, { ...(schema && { schema }), attribute }) };
    case 'test':
      return { ...filter, target: { ...(schema && { schema }), attribute, sub: filter.target.attribute } };
    default:
      return filter;
  }
}

function unsupported({ attribute, sub }: Target): Error {
  return badRequest(
    'invalidFilter',
    `${quoted(`${attribute.name}${sub ? `.${sub.name}` : ''}`)} cannot be filtered by.`,
  );
}
