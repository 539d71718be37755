import type { Database } from './database';
import {
  type KeysetPage,
  orderBy,
  type PageCondition,
  pageOf,
  type PageOrder,
  type PageRequest,
  type PageSource,
  PageStatement,
  type Positioned,
  preparedShape,
} from './keyset-page';

/** One of the lists that are merged. The parameters of its condition must begin with those of the parts before it. */
export interface MergedPart {
  /** Identifies the part in the rows of the result. Must not come from a request: it goes into SQL as it is. */
  readonly name: string;
  readonly source: PageSource;
  readonly condition?: PageCondition;
  /** Undefined when the rows of this part have no value to sort by; their sort key is null. */
  readonly order?: PageOrder;
}

/** The part and the id of a row of a merged page. */
export interface Place {
  readonly part: string;
  readonly id: string;
}

type PlaceRow = Positioned<{ page_part: string; page_total: string }>;
/** The row of an empty page carries the total only. */
type Answered = PlaceRow | { page_id: null; page_total: string };

/**
 * Reads a page of several lists in one common order, and the exact number of all rows. Returns part and id of each
 * row; the caller reads the rows. Each list is read in order, by its own index where it has one, and no further than
 * the end of the page. At least one part must have an order.
 */
export async function readMergedPage(
  database: Database,
  parts: readonly MergedPart[],
  request: Pick<PageRequest, 'start' | 'limit'>,
): Promise<KeysetPage<Place>> {
  const { text, parameters } = mergedStatement(parts, request);
  const found = await database.query<Answered>(preparedShape(text), parameters);
  const { rows, ...page } = pageOf(found.filter(isPlace), Number(found[0]!.page_total), request);
  return { ...page, rows: rows.map((row) => ({ part: row.page_part, id: row.page_id })) };
}

const isPlace = (row: Answered): row is PlaceRow => row.page_id !== null;

function mergedStatement(
  parts: readonly MergedPart[],
  { start, limit }: Pick<PageRequest, 'start' | 'limit'>,
): { text: string; parameters: unknown[] } {
  const parameters: unknown[] = [...(parts.at(-1)?.condition?.parameters ?? [])];
  const parameter = (value: unknown): string => `$${parameters.push(value)}`;
  const offset = 'offset' in start ? start.offset : 0;
  const { type, descending } = parts.find(({ order }) => order !== undefined)!.order!;
  const withoutValue: PageOrder = { sql: `null::${type}`, type, always: false, descending };

  const statements = parts.map(({ name, source, condition, order = withoutValue }) => {
    const statement = new PageStatement(
      source,
      { ...(condition && { condition }), order, start, limit },
      parameters,
    );
    return { part: statement.part(name, order, offset + limit + 1), total: statement.total() };
  });
  const byAge = parts.every(({ source, order }) => order?.sql === source.createdAt);
  const key = byAge
    ? 'merged.page_created'
    : type === 'text'
      ? 'merged.page_key collate "C"'
      : 'merged.page_key';
  const order = orderBy(
    { createdAt: 'merged.page_created', id: 'merged.page_id' },
    { order: { ...withoutValue, sql: key }, start },
  );
  const total = statements.map((statement) => statement.total).join(' + ');
  const seen = '(select count(*) from page)';
  const fromStart = 'offset' in start && offset === 0;
  const text = `
    with page as materialized (
      select merged.page_part, merged.page_key::text, merged.page_created::text, merged.page_id::text,
             row_number() over (order by ${order}) as page_place
        from (${statements.map(({ part }) => part).join(' union all ')}) merged
       order by ${order} offset ${parameter(offset)}::bigint limit ${parameter(limit + 1)}::int)
    select page.*, counted.page_total
      from (select ${fromStart ? `case when ${seen} <= ${parameter(limit)}::int then ${seen} else ${total} end` : total}
                   as page_total) counted
      left join page on true order by page.page_place`;
  return { text, parameters };
}
