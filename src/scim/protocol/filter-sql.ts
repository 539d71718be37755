import { badRequest, quoted } from './errors';
import type { Comparison, Filter, Literal } from './filter';
import { FilterSyntaxError, parseFilter } from './filter';
import type { Attribute, AttributeName, Target } from './schema';
import { named, spelling } from './schema';
import { booleanOf, isStorable } from './scim-value';

/**
 * Where an attribute stands in the database. `text` compares by case or without it as the schema says;
 * `elements` is a jsonb array of complex values.
 */
export interface FilterColumn {
  sql: string;
  kind: 'text' | 'boolean' | 'uuid' | 'elements';
  /** The same text in lower case, for attributes that compare without case: what an index can serve. */
  folded?: string;
}

/** The attributes that can be filtered by, and how names lead to them. */
export interface FilterColumns {
  resolve(name: AttributeName): Target | undefined;
  /** By canonical spelling: `userName`, `urn:…:User:manager.value`. */
  columns: ReadonlyMap<string, FilterColumn>;
}

export interface SqlCondition {
  sql: string;
  parameters: string[];
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Turns the text of a `filter` parameter into a condition with parameters $1, $2, … Throws invalidFilter for bad
 * syntax and also for everything that is well formed but not supported: a filter is answered exactly or refused.
 */
export function compileFilter(text: string, columns: FilterColumns): SqlCondition {
  const compiler = new FilterCompiler(columns);
  return { sql: compiler.condition(parsed(text)), parameters: compiler.parameters };
}

function parsed(text: string): Filter {
  try {
    return parseFilter(text);
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    throw badRequest('invalidFilter', `The filter cannot be read: ${error.message}.`);
  }
}

class FilterCompiler {
  readonly parameters: string[] = [];

  constructor(private readonly target: FilterColumns) {}

  condition(filter: Filter): string {
    switch (filter.kind) {
      case 'and':
      case 'or':
        return `(${filter.terms.map((term) => this.condition(term)).join(` ${filter.kind} `)})`;
      case 'not':
        return not(this.condition(filter.term));
      case 'present':
        return this.present(filter.name);
      case 'compare':
        return this.compare(filter.name, filter.operator, filter.literal);
      case 'values':
        return this.values(filter.name, filter.filter);
    }
  }

  private compare(name: AttributeName, operator: Comparison, literal: Literal): string {
    const target = this.resolved(name);
    const whole = this.target.columns.get(spelling({ ...target, sub: undefined }));
    if (whole?.kind === 'elements') {
      // RFC 7643 section 2.4: a multi-valued attribute without a sub-attribute means its values.
      const { sub } = asValue(target);
      if (!sub) throw unsupported(name);
      return anyOf(whole.sql, this.compareElement(sub, operator, literal));
    }
    const simple = asValue(target);
    return this.compareColumn(this.column(name, simple), simple.sub ?? simple.attribute, operator, literal);
  }

  private compareElement(sub: Attribute, operator: Comparison, literal: Literal): string {
    const kind = sub.type === 'boolean' ? 'boolean' : 'text';
    const sql = kind === 'boolean' ? `(${element(sub)})::boolean` : element(sub);
    return this.compareColumn({ sql, kind }, sub, operator, literal);
  }

  private compareColumn(
    column: FilterColumn,
    attribute: Attribute,
    operator: Comparison,
    literal: Literal,
  ): string {
    if (literal === null) {
      if (operator === 'eq') return `${column.sql} is null`;
      if (operator === 'ne') return `${column.sql} is not null`;
      throw badRequest('invalidFilter', `Nothing is ${operator} null.`);
    }
    if (operator === 'ne') return not(this.compareColumn(column, attribute, 'eq', literal));
    if (column.kind === 'boolean') return this.compareBoolean(column.sql, attribute, operator, literal);
    if (typeof literal !== 'string') {
      throw badRequest('invalidFilter', `${attribute.name} is compared with text in double quotes.`);
    }
    if (column.kind === 'uuid') return this.compareId(column.sql, attribute, operator, literal);
    return this.compareText(column, attribute, operator, literal);
  }

  private compareBoolean(sql: string, attribute: Attribute, operator: Comparison, literal: Literal): string {
    const wanted = booleanOf(literal);
    if (operator !== 'eq' || wanted === undefined) {
      throw badRequest('invalidFilter', `${attribute.name} is compared by eq or ne with true or false.`);
    }
    return wanted ? sql : `not ${sql}`;
  }

  private compareId(sql: string, attribute: Attribute, operator: Comparison, literal: string): string {
    if (operator !== 'eq') throw badRequest('invalidFilter', `${attribute.name} is compared by eq or ne.`);
    return UUID.test(literal) ? `${sql} = ${this.parameter(literal)}::uuid` : 'false';
  }

  private compareText(
    { sql, folded }: FilterColumn,
    attribute: Attribute,
    operator: Comparison,
    literal: string,
  ): string {
    const fold = (text: string) => (attribute.caseExact ? text : `lower(${text})`);
    const text = attribute.caseExact ? sql : (folded ?? fold(sql));
    const wanted = () => fold(`${this.parameter(literal)}::text`);
    switch (operator) {
      case 'eq':
        return `${text} = ${wanted()}`;
      case 'co':
        return `position(${wanted()} in ${text}) > 0`;
      case 'sw':
        return `starts_with(${text}, ${wanted()})`;
      case 'ew':
        return `right(${text}, length(${wanted()})) = ${wanted()}`;
      default:
        throw badRequest('invalidFilter', `${attribute.name} cannot be compared by ${operator}.`);
    }
  }

  private present(name: AttributeName): string {
    const target = this.resolved(name);
    const whole = this.target.columns.get(spelling({ ...target, sub: undefined }));
    if (whole?.kind === 'elements') {
      return anyOf(whole.sql, target.sub ? `${element(target.sub)} <> ''` : 'true');
    }
    const column = this.column(name, target);
    return column.kind === 'text' ? `${column.sql} <> ''` : `${column.sql} is not null`;
  }

  private values(name: AttributeName, filter: Filter): string {
    const target = this.resolved(name);
    const column = this.column(name, target);
    if (column.kind !== 'elements') throw unsupported(name);
    return anyOf(column.sql, this.elementCondition(filter, target.attribute));
  }

  /** A filter in brackets, over one element. */
  private elementCondition(filter: Filter, attribute: Attribute): string {
    switch (filter.kind) {
      case 'and':
      case 'or':
        return `(${filter.terms.map((term) => this.elementCondition(term, attribute)).join(` ${filter.kind} `)})`;
      case 'not':
        return not(this.elementCondition(filter.term, attribute));
      case 'present':
        return `${element(subAttribute(attribute, filter.name))} <> ''`;
      case 'compare':
        return this.compareElement(subAttribute(attribute, filter.name), filter.operator, filter.literal);
      case 'values':
        throw unsupported(filter.name);
    }
  }

  private resolved(name: AttributeName): Target {
    const target = this.target.resolve(name);
    if (!target) throw badRequest('invalidFilter', `There is no attribute ${quoted(name.attribute)}.`);
    return target;
  }

  private column(name: AttributeName, target: Target): FilterColumn {
    const column = this.target.columns.get(spelling(target));
    if (!column) throw unsupported(name);
    return column;
  }

  private parameter(text: string): string {
    if (!isStorable(text))
      throw badRequest('invalidFilter', 'The filter contains a character that cannot be stored.');
    this.parameters.push(text);
    return `$${this.parameters.length}`;
  }
}

/** A complex attribute without a sub-attribute means its value: `manager eq "…"`. */
function asValue(target: Target): Target {
  const sub = target.sub ?? named(target.attribute.subAttributes ?? [], 'value');
  return sub ? { ...target, sub } : target;
}

/** SQL's third truth value must not turn "not equal" into "unknown": absent is not equal. */
function not(condition: string): string {
  return `not coalesce(${condition}, false)`;
}

function anyOf(array: string, condition: string): string {
  return `exists (select from jsonb_array_elements(${array}) as element where ${condition})`;
}

/** Names in SQL come from the schema table, never from the request. */
function element(sub: Attribute): string {
  return `(element ->> '${sub.name}')`;
}

function subAttribute(attribute: Attribute, name: AttributeName): Attribute {
  const sub = name.sub === undefined ? named(attribute.subAttributes ?? [], name.attribute) : undefined;
  if (!sub) throw unsupported(name);
  return sub;
}

function unsupported(name: AttributeName): Error {
  const text = `${name.attribute}${name.sub === undefined ? '' : `.${name.sub}`}`;
  return badRequest('invalidFilter', `${quoted(text)} cannot be filtered by.`);
}
