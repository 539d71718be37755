import type { KeysetPage, PageRequest, PageSource } from '../../database/keyset-page';
import { resolveName } from '../protocol/attribute-name';
import { compileFilter, type FilterParameter } from '../protocol/filter-sql';
import type { Projection } from '../protocol/projection';
import type { AttributeName, ResourceSchema, Target } from '../protocol/schema';
import type { ScimObject } from '../protocol/scim-value';
import { compileSort } from '../protocol/sort-sql';
import type { SqlAttributes } from '../protocol/sql-attributes';
import type { Resolve } from '../protocol/typed-filter';
import type { ResourceQuery } from '../resource-query';

/** How a resource type is listed. */
export interface Listing<Row> {
  readonly name: string;
  readonly schema: ResourceSchema;
  readonly attributes: SqlAttributes;
  /** What its pages are made of; `read` reads them. */
  readonly source: PageSource;
  /** Names that only filters know. */
  readonly resolve?: (name: AttributeName) => Target | undefined;
  /** With at least what the projection asks for. */
  read(request: PageRequest, projection: Projection): Promise<KeysetPage<Row>>;
  /** All of a page at once, with at least what the projection asks for. */
  write(rows: readonly Row[], projection: Projection): Promise<ScimObject[]> | ScimObject[];
}

/**
 * What a query asks of a list. The parameters of its condition begin with those `before` it in the same statement.
 * Throws invalidFilter, and invalidValue for a sortBy without order.
 */
export function requestOf(
  listing: Pick<Listing<unknown>, 'schema' | 'attributes' | 'resolve'>,
  query: ResourceQuery,
  before: readonly FilterParameter[] = [],
): Omit<PageRequest, 'start'> {
  const { schema, attributes } = listing;
  const { filter, sortBy, sortOrder, page, alongside = [] } = query;
  const isElsewhere = (name: AttributeName) => alongside.some((other) => other.resolve(name) !== undefined);
  const resolve: Resolve = (name) =>
    schema.resolve(name) ?? listing.resolve?.(name) ?? (isElsewhere(name) ? 'elsewhere' : undefined);
  const condition = filter === undefined ? undefined : compileFilter(filter, resolve, attributes, before);
  const order =
    sortBy === undefined
      ? undefined
      : compileSort(sortBy, sortOrder === 'descending', schema, attributes, (name) =>
          alongside.some((other) => resolveName(other, name) !== undefined),
        );
  return { ...(condition && { condition }), ...(order && { order }), limit: page.count };
}
