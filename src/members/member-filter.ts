import { ROLES } from '../access/permissions';
import { BadRequest } from '../http/problems';
import { shownNameIn } from './shown-name';

/**
 * `?filter=` of the member list, a small part of SCIM's grammar (RFC 7644 section 3.4.2.2):
 *
 *     filter     = clause *( "or" clause )          "and" binds tighter than "or"
 *     clause     = comparison *( "and" comparison )
 *     comparison = field operator "value"
 *
 * as in `role eq "admin" and status eq "removed"`.
 */
export interface MemberCondition {
  /** A condition on the alias `member`, with named parameters. */
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const STATUS = ['active', 'removed'];
const SOURCES = ['founder', 'invitation', 'jit', 'scim', 'manual'];

interface Field {
  readonly sql: string;
  /** The only values it can have; others are a mistake of the caller. */
  readonly values?: readonly string[];
}

const FIELDS: ReadonlyMap<string, Field> = new Map(
  Object.entries<Field>({
    // In the collation of the index that finds it.
    email: { sql: 'member.email collate "C"' },
    displayname: { sql: `lower(coalesce(${shownNameIn('member')}, ''))` },
    role: { sql: 'member.role', values: ROLES },
    status: { sql: `case when member.removed_at is null then 'active' else 'removed' end`, values: STATUS },
    source: { sql: 'member.source', values: SOURCES },
  }),
);

type Write = (field: string, parameter: string) => string;

const OPERATORS: ReadonlyMap<string, Write> = new Map(
  Object.entries<Write>({
    eq: (field, parameter) => `(${field}) = :${parameter}`,
    ne: (field, parameter) => `(${field}) <> :${parameter}`,
    co: (field, parameter) => `strpos(${field}, :${parameter}) > 0`,
    sw: (field, parameter) => `starts_with(${field}, :${parameter})`,
  }),
);

const MOST_COMPARISONS = 20;
const TOKEN = /\s*(?:("(?:[^"\\\p{Cc}]|\\["\\/])*")|([A-Za-z]+)|(\S))/uy;

/** Reads a filter. Throws 400 `invalid_filter` with what is wrong with it. */
export function readMemberFilter(text: string): MemberCondition {
  const tokens = tokensOf(text);
  const parameters: Record<string, string> = {};
  const alternatives: string[][] = [[]];
  for (let at = 0; ; at += 4) {
    const [field, operator, value, joint] = tokens.slice(at, at + 4);
    const parameter = `filter${at / 4}`;
    const comparison = readComparison(field, operator, value);
    if (at / 4 >= MOST_COMPARISONS) throw wrong(`it has more than ${MOST_COMPARISONS} comparisons`);
    parameters[parameter] = comparison.value;
    alternatives.at(-1)!.push(comparison.sql(parameter));
    if (joint === undefined) break;
    if (joint.toLowerCase() === 'or') alternatives.push([]);
    else if (joint.toLowerCase() !== 'and') throw wrong(`"and" or "or" must stand where ${joint} stands`);
  }
  const sql = alternatives.map((clause) => `(${clause.join(' and ')})`).join(' or ');
  return { sql: `(${sql})`, parameters };
}

function readComparison(
  name: string | undefined,
  operator: string | undefined,
  value: string | undefined,
): { sql: (parameter: string) => string; value: string } {
  const field = name === undefined ? undefined : FIELDS.get(name.toLowerCase());
  if (!field) throw wrong(`${name ?? 'its end'} is none of email, displayName, role, status, source`);
  const write = operator === undefined ? undefined : OPERATORS.get(operator.toLowerCase());
  if (!write) throw wrong(`${operator ?? 'its end'} is none of eq, ne, co, sw`);
  if (!value?.startsWith('"')) throw wrong(`a value in double quotes must follow ${name} ${operator}`);
  const wanted = (JSON.parse(value) as string).toLowerCase();
  const isWhole = ['eq', 'ne'].includes(operator!.toLowerCase());
  if (isWhole && field.values && !field.values.includes(wanted)) {
    throw wrong(`${name} is one of ${field.values.join(', ')}`);
  }
  return { sql: (parameter) => write(field.sql, parameter), value: wanted };
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const rest = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < rest.length) {
    const [, string, word, stray] = TOKEN.exec(rest) ?? [];
    if (stray !== undefined || (string ?? word) === undefined)
      throw wrong(`it cannot be read at ${stray ?? 'its end'}`);
    tokens.push((string ?? word)!);
  }
  return tokens;
}

function wrong(reason: string): BadRequest {
  return new BadRequest('invalid_filter', `This is no filter for members: ${reason}.`);
}
