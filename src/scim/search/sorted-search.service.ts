import type { FilterParameter } from '../protocol/filter-sql';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { PageRequest } from '../../database/keyset-page';
import { type MergedPart, type Place, readMergedPage } from '../../database/merged-page';
import { ListIdentity } from '../listing/list-identity';
import { requestOf } from '../listing/listing';
import { ResourceLister } from '../listing/resource-lister';
import type { ListResponse } from '../protocol/paging';
import { project } from '../protocol/projection';
import type { ScimObject } from '../protocol/scim-value';
import type { ScimResourceType } from '../resource-type';
import type { ResourceQuery } from '../resource-query';

/** A resource type with its query. */
export interface Asked {
  readonly type: ScimResourceType;
  readonly query: ResourceQuery;
}

/**
 * Searches several resource types in one order (RFC 7644 sections 3.4.2.1 and 3.4.2.3). Resources without a value
 * come last, or first when descending; equal ones are ordered by age and then id.
 */
@Injectable()
export class SortedSearch {
  constructor(
    private readonly database: Database,
    private readonly lister: ResourceLister,
  ) {}

  /** Runs the query, as read for each type. Throws what lists throw. */
  async search(asked: readonly Asked[]): Promise<ListResponse<ScimObject>> {
    const { query } = asked[0]!;
    const parts = partsOf(asked);
    const pages = {
      read: (start: PageRequest['start']) =>
        readMergedPage(this.database, parts, { start, limit: query.page.count }),
      write: (places: readonly Place[]) => resourcesAt(places, asked),
    };
    const list = ListIdentity.of(asked.map(({ type }) => type.name).join('+'), query);
    return this.lister.page(pages, list, query.page);
  }
}

function partsOf(asked: readonly Asked[]): MergedPart[] {
  let before: readonly FilterParameter[] = [];
  return asked.map(({ type: { name, listing }, query }) => {
    const { condition, order } = requestOf(listing, query, before);
    before = condition?.parameters ?? before;
    return { name, source: listing.source, ...(condition && { condition }), ...(order && { order }) };
  });
}

/** The resources at these places. One that was deleted meanwhile is missing. */
async function resourcesAt(places: readonly Place[], asked: readonly Asked[]): Promise<ScimObject[]> {
  const found = await Promise.all(
    asked.map((one) => {
      const ids = places.filter(({ part }) => part === one.type.name).map(({ id }) => id);
      return resourcesOf(one, ids);
    }),
  );
  const byId = new Map<string, ScimObject>(found.flat());
  return places.map(({ id }) => byId.get(id)).filter((resource) => resource !== undefined);
}

async function resourcesOf(
  { type: { listing, schema }, query: { projection } }: Asked,
  ids: readonly string[],
): Promise<[string, ScimObject][]> {
  if (ids.length === 0) return [];
  const condition = { sql: `${listing.source.id} = any ($1::uuid[])`, parameters: [`{${ids.join(',')}}`] };
  const { rows } = await listing.read({ condition, start: { offset: 0 }, limit: ids.length }, projection);
  const resources = await listing.write(rows, projection);
  return resources.map((resource) => [resource.id as string, project(schema, resource, projection)]);
}
