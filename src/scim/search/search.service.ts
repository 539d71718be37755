import { Injectable } from '@nestjs/common';
import type { ScimPrincipal } from '../../access/principal';
import { badRequest } from '../protocol/errors';
import { listResponse, type ListResponse } from '../protocol/paging';
import type { ScimObject } from '../protocol/scim-value';
import { projectedList, readListQuery } from '../resource-answer';
import type { ResourceQuery, ScimResourceType } from '../resource-type';
import { ScimResourceTypes } from '../resource-types';
import type { ListParameters } from './search-request';

/** Between the name of a resource type and the cursor of its list. */
const MARK = '~';

/**
 * Searches over all resource types (RFC 7644 section 3.4.3): the users first, then the groups, each in the order of
 * their age, as one list. An attribute that only one of them has is absent from the other.
 */
@Injectable()
export class SearchService {
  constructor(private readonly types: ScimResourceTypes) {}

  /** Throws what lists throw, and invalidValue for a sortBy: resources of several types have no common order. */
  async searchAll(caller: ScimPrincipal, parameters: ListParameters): Promise<ListResponse<ScimObject>> {
    if (parameters.sortBy !== undefined) {
      throw badRequest('invalidValue', 'Lists are sorted below /Users/.search and /Groups/.search.');
    }
    const types = this.types.visibleTo(caller);
    return parameters.cursor === undefined || parameters.cursor === null
      ? byIndex(types, parameters)
      : byCursor(types, parameters);
  }
}

async function byIndex(
  types: readonly ScimResourceType[],
  parameters: ListParameters,
): Promise<ListResponse<ScimObject>> {
  const found: ScimObject[] = [];
  let total = 0;
  let startIndex = 1;
  for (const type of types) {
    const query = queryFor(types, type, parameters);
    startIndex = query.page.startIndex;
    const page = {
      startIndex: Math.max(1, startIndex - total),
      count: Math.max(0, query.page.count - found.length),
    };
    const list = await projectedList(type, { ...query, page });
    // Of a type that lies wholly before the page only the number counts.
    found.push(...list.Resources);
    total += list.totalResults;
  }
  return listResponse(found, { startIndex }, total);
}

async function byCursor(
  types: readonly ScimResourceType[],
  parameters: ListParameters,
): Promise<ListResponse<ScimObject>> {
  const { at, cursor } = whereIs(types, parameters.cursor);
  const found: ScimObject[] = [];
  let total = 0;
  let nextCursor: string | undefined;
  for (const [index, type] of types.entries()) {
    const query = queryFor(types, type, { ...parameters, cursor: index === at ? cursor : '' });
    const left = query.page.count - found.length;
    if (index < at || left === 0) {
      const { totalResults } = await type.list({ ...query, page: { startIndex: 1, count: 0 } });
      total += totalResults;
      if (index > at && totalResults > 0) nextCursor ??= `${type.name}${MARK}`;
      continue;
    }
    const list = await projectedList(type, { ...query, page: { ...query.page, count: left } });
    found.push(...list.Resources);
    total += list.totalResults;
    if (list.nextCursor !== undefined) nextCursor ??= `${type.name}${MARK}${list.nextCursor}`;
  }
  return listResponse(found, nextCursor === undefined ? {} : { nextCursor }, total);
}

function queryFor(
  types: readonly ScimResourceType[],
  type: ScimResourceType,
  parameters: ListParameters,
): ResourceQuery {
  const alongside = types.filter((other) => other !== type).map(({ schema }) => schema);
  return { ...readListQuery(type, parameters), alongside };
}

function whereIs(types: readonly ScimResourceType[], cursor: unknown): { at: number; cursor: string } {
  if (cursor === '') return { at: 0, cursor };
  const [name, ...rest] = typeof cursor === 'string' ? cursor.split(MARK) : [];
  const at = types.findIndex((type) => type.name === name);
  if (at < 0) {
    throw badRequest('invalidCursor', 'This is no cursor of this server. An empty one starts anew.');
  }
  return { at, cursor: rest.join(MARK) };
}
