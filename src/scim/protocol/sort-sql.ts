import { resolveName } from './attribute-name';
import { badRequest, quoted } from './errors';
import type { Attribute, ResourceSchema, Target } from './schema';
import { named } from './schema';
import type { Expression, SqlAttributes } from './sql-attributes';

/** What a list is ordered by, as SQL. */
export interface SortKey {
  readonly sql: string;
  readonly type: 'text' | 'boolean' | 'timestamptz' | 'uuid';
  readonly always: boolean;
  readonly descending: boolean;
}

const TYPES = { text: 'text', boolean: 'boolean', dateTime: 'timestamptz', id: 'uuid' } as const;

/**
 * Compiles `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3): text is sorted according to caseExact, a multi-valued
 * attribute by its primary value, else by the first. Throws invalidValue for an attribute without an order. Undefined
 * for an attribute that this resource type lacks.
 */
export function compileSort(
  sortBy: string,
  descending: boolean,
  schema: ResourceSchema,
  attributes: SqlAttributes,
  isElsewhere: (name: string) => boolean = () => false,
): SortKey | undefined {
  const target = resolveName(schema, sortBy);
  if (!target && isElsewhere(sortBy)) return undefined;
  const sorted = target && withValue(target);
  const expression = sorted && expressionOf(sorted, attributes);
  if (!expression) throw badRequest('invalidValue', `${quoted(sortBy)} cannot be sorted by.`);
  return {
    sql: ordered(expression, sorted.sub ?? sorted.attribute),
    type: TYPES[expression.kind],
    always: expression.always ?? false,
    descending,
  };
}

function withValue(target: Target): Target | undefined {
  if (target.sub || target.attribute.type !== 'complex') return target;
  const sub = named(target.attribute.subAttributes ?? [], 'value');
  return sub && { ...target, sub };
}

function expressionOf(target: Target, attributes: SqlAttributes): Expression | undefined {
  const whole = attributes.of({ ...target, sub: undefined });
  if (whole?.kind === 'elements') {
    if (!target.sub) return undefined;
    const part = whole.part(target.sub);
    const where = whole.where === undefined ? '' : `where ${whole.where}`;
    return {
      kind: part.kind,
      sql: `(select ${part.sql} from ${whole.from} ${where} order by ${whole.order} limit 1)`,
    };
  }
  const expression = attributes.of(target);
  return expression?.kind === 'elements' ? undefined : expression;
}

function ordered({ kind, sql, key }: Expression, { caseExact }: Attribute): string {
  if (kind !== 'text') return sql;
  return caseExact ? `${sql} collate "C"` : (key ?? `lower(${sql}) collate "C"`);
}
