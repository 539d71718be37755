import { Injectable } from '@nestjs/common';
import type { ScimPrincipal } from '../../access/principal';
import { badRequest } from '../protocol/errors';
import { listResponse, type ListResponse } from '../protocol/paging';
import type { ScimObject } from '../protocol/scim-value';
import { projectedList, readListQuery } from '../resource-answer';
import type { ScimResourceType } from '../resource-type';
import type { ResourceQuery } from '../resource-query';
import { ScimResourceTypes } from '../resource-types';
import type { ListParameters } from './search-request';
import { SortedSearch } from './sorted-search.service';

/** Stands between resource type and cursor in a cursor over all types, and says in which direction it leads. */
const [FORTH, BACK] = ['~', '<'] as const;

/**
 * Searches all resource types as one list (RFC 7644 section 3.4.3): sorted by `sortBy`, or else users before groups,
 * each by age. An attribute that a type does not have counts as absent.
 */
@Injectable()
export class SearchService {
  constructor(
    private readonly types: ScimResourceTypes,
    private readonly sorted: SortedSearch,
  ) {}

  /** Throws what lists throw, and invalidValue if no type can be sorted by `sortBy`. */
  async searchAll(caller: ScimPrincipal, parameters: ListParameters): Promise<ListResponse<ScimObject>> {
    const types = this.types.visibleTo(caller);
    if (parameters.sortBy) {
      return this.sorted.search(types.map((type) => ({ type, query: queryFor(types, type, parameters) })));
    }
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
    // Of a type that ends before the page only the number is needed.
    found.push(...list.Resources);
    total += list.totalResults;
  }
  return listResponse(found, { startIndex }, total);
}

async function byCursor(
  types: readonly ScimResourceType[],
  parameters: ListParameters,
): Promise<ListResponse<ScimObject>> {
  const { at, cursor, backwards } = whereIs(types, parameters.cursor);
  const parts: Part[] = [];
  let left: number | undefined;
  for (const index of backwards ? [...types.keys()].reverse() : types.keys()) {
    const type = types[index]!;
    const query = queryFor(types, type, { ...parameters, cursor: index === at ? cursor : '' });
    left ??= query.page.count;
    const isBeyond = backwards ? index > at : index < at;
    const fromEnd = backwards && query.page.cursor === '';
    const list =
      isBeyond || left === 0
        ? { ...(await type.list({ ...query, page: { startIndex: 1, count: 0 } })), Resources: [] }
        : await projectedList(type, { ...query, page: { ...query.page, count: left, fromEnd } });
    left -= list.Resources.length;
    parts.push({ type, list });
  }
  if (backwards) parts.reverse();
  return joined(parts);
}

/** The share of one type in a page of all types. */
interface Part {
  readonly type: ScimResourceType;
  readonly list: ListResponse<ScimObject>;
}

/**
 * Joins the shares into a page. Its cursors lead on within the type at each edge, or into the next type with results.
 */
function joined(parts: readonly Part[]): ListResponse<ScimObject> {
  const found = parts.flatMap(({ list }) => list.Resources);
  const total = parts.reduce((sum, { list }) => sum + list.totalResults, 0);
  if (found.length === 0) return listResponse(found, {}, total);
  const onwards = parts
    .slice(parts.findLastIndex(isShown))
    .map((part) => ({ ...part, on: part.list.nextCursor }));
  const before = parts.slice(0, parts.findIndex(isShown) + 1).reverse();
  const backwards = before.map((part) => ({ ...part, on: part.list.previousCursor }));
  const [nextCursor, previousCursor] = [cursorAt(onwards, FORTH), cursorAt(backwards, BACK)];
  return listResponse(
    found,
    { ...(nextCursor && { nextCursor }), ...(previousCursor && { previousCursor }) },
    total,
  );
}

const isShown = ({ list }: Part): boolean => list.Resources.length > 0;

function cursorAt(
  [edge, ...beyond]: readonly (Part & { readonly on: string | undefined })[],
  mark: string,
): string | undefined {
  if (edge?.on !== undefined) return `${edge.type.name}${mark}${edge.on}`;
  const next = beyond.find(({ list }) => list.totalResults > 0);
  return next && `${next.type.name}${mark}`;
}

function queryFor(
  types: readonly ScimResourceType[],
  type: ScimResourceType,
  parameters: ListParameters,
): ResourceQuery {
  const alongside = types.filter((other) => other !== type).map(({ schema }) => schema);
  return { ...readListQuery(type, parameters), alongside };
}

function whereIs(
  types: readonly ScimResourceType[],
  cursor: unknown,
): { at: number; cursor: string; backwards: boolean } {
  if (cursor === '') return { at: 0, cursor, backwards: false };
  const [, name, mark, inner = ''] = (typeof cursor === 'string' && /^(\w+)([~<])(.*)$/s.exec(cursor)) || [];
  const at = types.findIndex((type) => type.name === name);
  if (at < 0) {
    throw badRequest('invalidCursor', 'This is no cursor of this server. An empty one starts anew.');
  }
  return { at, cursor: inner, backwards: mark === BACK };
}
