import { createHash } from 'node:crypto';
import { Database } from './database';
import { type Prepared, prepared, quick } from './statement';

/** The SQL parts of a list. None of them may come from a request. */
export interface PageSource {
  /** What follows FROM, including a WHERE: `members m where m.scim_deleted_at is null`. */
  readonly from: string;
  /** The selected columns of a row. */
  readonly columns: string;
  /** Further columns, given the SQL of the row's id. Evaluated for the rows of the page only, not for skipped ones. */
  readonly beside?: (id: string) => string;
  readonly createdAt: string;
  readonly id: string;
  /** SQL of the number of rows without a condition, where it is stored; otherwise they are counted. */
  readonly total?: string;
}

/** The position of a row in the sort order; the content of a cursor. */
export interface Position {
  readonly key?: string | null;
  readonly createdAt: string;
  readonly id: string;
}

/**
 * A sort order. Nulls come last when ascending and first when descending; rows with equal values are ordered by age.
 */
export interface PageOrder {
  readonly sql: string;
  readonly type: string;
  readonly always: boolean;
  readonly descending: boolean;
}

/** A SQL condition with parameters $1, $2, … */
export interface PageCondition {
  readonly sql: string;
  /** A select of a few distinct ids: only rows with these ids are tested against `sql`. */
  readonly ids?: string;
  /** Whether indexes find all candidate rows, and these are few. */
  readonly findsFew?: boolean;
  readonly parameters: readonly (string | readonly string[])[];
}

export interface PageRequest {
  readonly condition?: PageCondition;
  readonly order?: PageOrder;
  readonly start: { readonly offset: number } | { readonly after: Position } | { readonly before: Position };
  readonly limit: number;
}

export interface KeysetPage<Row> {
  readonly rows: Row[];
  readonly total: number;
  /** Positions of the first and the last row; undefined on an empty page. */
  readonly first?: Position;
  readonly last?: Position;
  /** Whether more rows follow in the direction of reading. */
  readonly more: boolean;
}

/** A row with its position, as PageStatement selects it. */
export type Positioned<Row> = Row & {
  page_key: string | null;
  page_created: string;
  page_id: string;
};

/**
 * Reads a page of a list and the exact number of all its rows with one statement, so in one snapshot; a page beyond
 * the end takes a second statement to count. From a position (keyset) a page costs the same anywhere in the list; from
 * an offset it costs the skipped rows.
 */
export async function readKeysetPage<Row extends object>(
  database: Database,
  source: PageSource,
  request: PageRequest,
): Promise<KeysetPage<Row>> {
  const fromStart = 'offset' in request.start && request.start.offset === 0 && request.limit > 0;
  // A condition usually matches few rows: when they fit into one page, neither a count nor an offset is needed.
  if (fromStart && request.condition) {
    const first = new PageStatement(source, request);
    const found = await database.query<Positioned<Row>>(
      preparedShape(first.first(), request.condition.findsFew),
      first.parameters,
    );
    if (found.length <= request.limit) return pageOf(found, found.length, request);
  }
  const statement = new PageStatement(source, request);
  const found = await database.query<Positioned<Row> & { page_total: string }>(
    preparedShape(statement.page()),
    statement.parameters,
  );
  const [any] = found;
  const total = any ? Number(any.page_total) : fromStart ? 0 : await totalOf(database, source, request);
  return pageOf(found, total, request);
}

/** Makes a page of up to `limit + 1` rows that were read; the extra row only tells that there are more. */
export function pageOf<Row extends object>(
  found: readonly Positioned<Row>[],
  total: number,
  { start, limit }: Pick<PageRequest, 'start' | 'limit'>,
): KeysetPage<Positioned<Row>> {
  const rows = found.slice(0, limit);
  if ('before' in start) rows.reverse();
  const [first, last] = [rows.at(0), rows.at(-1)];
  return {
    rows,
    total,
    ...(first && { first: positionOf(first) }),
    ...(last && { last: positionOf(last) }),
    more: found.length > limit,
  };
}

/**
 * Statements of lists by their text. Only the first MOST_SHAPES are prepared, so that rare filters do not fill every
 * connection with prepared statements.
 */
const shapes = new Map<string, Prepared>();
const MOST_SHAPES = 50;

/** A prepared statement for `text`, or `text` itself once MOST_SHAPES are prepared. @param isQuick see Prepared */
export function preparedShape(text: string, isQuick = false): string | Prepared {
  const known = shapes.get(text);
  if (known) return known;
  if (shapes.size >= MOST_SHAPES) return text;
  const name = `page_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  const shape = isQuick ? quick(name, text) : prepared(name, text);
  shapes.set(text, shape);
  return shape;
}

async function totalOf(database: Database, source: PageSource, request: PageRequest): Promise<number> {
  const statement = new PageStatement(source, { ...request, start: { offset: 0 } });
  const [row] = await database.query<{ total: string }>(
    `select ${statement.total()} as total`,
    statement.parameters,
  );
  return Number(row!.total);
}

function positionOf<Row>(row: Positioned<Row>): Position {
  return { key: row.page_key, createdAt: row.page_created, id: row.page_id };
}

/** Undefined when the order is by age, in either direction: one index on (createdAt, id) serves both. */
function otherThanAge(createdAt: string, order: PageOrder | undefined): PageOrder | undefined {
  return order?.sql === createdAt ? undefined : order;
}

/** The content of ORDER BY, in the direction of reading. */
export function orderBy(
  { createdAt, id }: Pick<PageSource, 'createdAt' | 'id'>,
  { order, start }: Pick<PageRequest, 'order' | 'start'>,
): string {
  const backwards = 'before' in start;
  const descends = (order?.descending ?? false) !== backwards;
  const other = otherThanAge(createdAt, order);
  const age = (other ? backwards : descends) ? `${createdAt} desc, ${id} desc` : `${createdAt}, ${id}`;
  return other ? `${other.sql} ${descends ? 'desc nulls first' : 'asc nulls last'}, ${age}` : age;
}

/** Builds the SQL that reads a page. Statements that become parts of one larger statement share `parameters`. */
export class PageStatement {
  constructor(
    private readonly source: PageSource,
    private readonly request: PageRequest,
    readonly parameters: unknown[] = [...(request.condition?.parameters ?? [])],
  ) {}

  page(): string {
    const { columns, beside } = this.source;
    const { start } = this.request;
    const offset = 'offset' in start ? start.offset : 0;
    const page = offset === 0 ? this.places(`${columns}, `) : this.farPlaces(offset);
    return `
      with page as materialized (${page})
      select page.*, ${beside ? `${beside('page.page_id::uuid')}, ` : ''}${this.pageTotal('offset' in start && offset === 0)} as page_total
        from page order by page.page_place`;
  }

  /**
   * Selects only the first rows, at most `limit + 1`. The inner select sorts, the outer one evaluates the columns,
   * which PostgreSQL would otherwise evaluate for every row that it sorts.
   */
  first(): string {
    const { columns, beside, id } = this.source;
    const [row] = id.split('.');
    return `select ${columns}, ${beside ? `${beside(id)}, ` : ''}${this.position()}
              from (select ${row}.* from ${this.visible()}
                     order by ${this.order()} limit ${this.parameter(this.request.limit + 1)}::int) ${row}
             order by ${this.order()}`;
  }

  total(): string {
    const { condition } = this.request;
    if (!condition && this.source.total) return `(${this.source.total})`;
    return `(select count(*) from ${this.visible()})`;
  }

  /** Selects the first `first` positions as one part of a merged page, with sort keys in their own type. */
  part(name: string, order: PageOrder, first: number): string {
    const { createdAt, id } = this.source;
    const beyond = this.beyond();
    return `(select '${name}' as page_part, ${order.sql} as page_key, ${createdAt} as page_created, ${id} as page_id
               from ${this.visible()} ${beyond} order by ${this.order()} limit ${this.parameter(first)}::bigint)`;
  }

  /** Reads `limit + 1` rows: the extra one shows that there are more. */
  private places(columns: string): string {
    const beyond = this.beyond();
    return `select ${columns}${this.position()},
               row_number() over (order by ${this.order()}) as page_place
          from ${this.visible()} ${beyond}
         order by ${this.order()} limit ${this.parameter(this.request.limit + 1)}::int`;
  }

  /**
   * For large offsets: skips over index entries alone, then reads the columns of the rows of the page by their ids.
   * `offset 0` keeps PostgreSQL from merging the two selects, whatever its statistics say.
   */
  private farPlaces(offset: number): string {
    const { columns, from, createdAt, id } = this.source;
    const { order, limit } = this.request;
    const key = order && order.sql !== createdAt ? 'far.key' : 'far.created';
    const far = new PageStatement(
      { ...this.source, createdAt: 'far.created', id: 'far.id' },
      { ...this.request, ...(order && { order: { ...order, sql: key } }) },
    );
    return `
      select shown.*, ${far.position()}, row_number() over (order by ${far.order()}) as page_place
        from (select ${order?.sql ?? 'null'} as key, ${createdAt} as created, ${id} as id
                from ${this.visible()}
               order by ${this.order()}
              offset ${this.parameter(offset)}::bigint limit ${this.parameter(limit + 1)}::int) far
        cross join lateral (select ${columns} from ${from} and ${id} = far.id offset 0) shown`;
  }

  /** The columns of Positioned. */
  private position(): string {
    const { createdAt, id } = this.source;
    const { order } = this.request;
    return `${order ? `(${order.sql})::text` : 'null::text'} as page_key,
               ${createdAt}::text as page_created, ${id}::text as page_id`;
  }

  private pageTotal(fromStart: boolean): string {
    if (!fromStart) return this.total();
    const seen = '(select count(*) from page)';
    return `case when ${seen} <= ${this.parameter(this.request.limit)}::int then ${seen} else ${this.total()} end`;
  }

  private visible(): string {
    const { condition } = this.request;
    if (!condition) return this.source.from;
    return `${condition.ids === undefined ? this.source.from : this.named(condition.ids)} and ${condition.sql}`;
  }

  /**
   * Restricts the list to rows with these ids. `offset 0` makes PostgreSQL look them up one by one, whatever its
   * statistics say.
   */
  private named(ids: string): string {
    const { from, id } = this.source;
    const [row] = id.split('.');
    return `(${ids}) named (id)
      cross join lateral (select ${row}.* from ${from} and ${id} = named.id offset 0) ${row} where true`;
  }

  private order(): string {
    return orderBy(this.source, this.request);
  }

  /** The condition that a row comes after the position, in the direction of reading. */
  private beyond(): string {
    const { start, order } = this.request;
    if ('offset' in start) return '';
    const backwards = 'before' in start;
    const position = backwards ? start.before : start.after;
    const createdAt = this.parameter(position.createdAt);
    const id = this.parameter(position.id);
    const other = otherThanAge(this.source.createdAt, order);
    const descends = (!other && order?.descending === true) !== backwards;
    const sign = descends ? '<' : '>';
    const younger = `(${this.source.createdAt}, ${this.source.id}) ${sign} (${createdAt}::timestamptz, ${id}::uuid)`;
    return `and ${other ? this.beyondKey(other, position.key ?? null, younger, backwards) : younger}`;
  }

  private beyondKey(order: PageOrder, key: string | null, younger: string, backwards: boolean): string {
    const { sql, type, always } = order;
    const descends = order.descending !== backwards;
    if (key === null) {
      const rest = `(${sql} is null and ${younger})`;
      return descends ? `(${rest} or ${sql} is not null)` : rest;
    }
    const value = `${this.parameter(key)}::${type}`;
    const sign = descends ? '<' : '>';
    const beyond = `(${sql} ${sign}= ${value} and (${sql} ${sign} ${value} or ${younger}))`;
    return descends || always ? beyond : `(${beyond} or ${sql} is null)`;
  }

  private parameter(value: unknown): string {
    this.parameters.push(value);
    return `$${this.parameters.length}`;
  }
}
