import type { FastifyReply } from 'fastify';
import { readPage } from './protocol/paging';
import { badRequest } from './protocol/errors';
import { type Projection, project, readProjection } from './protocol/projection';
import { brokenBy, type Precondition, preconditionFailed, versionOf } from './protocol/precondition';
import type { ListResponse } from './protocol/paging';
import type { ScimObject } from './protocol/scim-value';
import { isComplex } from './protocol/scim-value';
import { type QueryParameters, single } from './query-parameters';
import type { ScimResourceType } from './resource-type';
import type { ResourceQuery } from './resource-query';
import type { ListParameters } from './search/search-request';

/** What a list is asked by (RFC 7644 section 3.4.2). Throws invalidValue for what cannot be read. */
export function readListQuery(type: ScimResourceType, asked: ListParameters): ResourceQuery {
  const { filter, sortBy } = asked;
  const sortOrder = readSortOrder(asked.sortOrder);
  return {
    ...(filter !== undefined && { filter }),
    ...(sortBy && { sortBy }),
    ...(sortOrder && { sortOrder }),
    page: readPage(asked),
    projection: readProjection(type.schema, asked.attributes, asked.excludedAttributes),
  };
}

/** `attributes` and `excludedAttributes` of a query string (RFC 7644 section 3.9). */
export function projectionOf({ schema }: ScimResourceType, query: QueryParameters): Projection {
  return readProjection(schema, single(query, 'attributes'), single(query, 'excludedAttributes'));
}

/** A page of resources, each with what was asked for and no more. */
export function answerList(
  type: ScimResourceType,
  query: QueryParameters,
): Promise<ListResponse<ScimObject>> {
  const given = LIST_PARAMETERS.flatMap((name): [string, string][] => {
    const value = single(query, name);
    return value === undefined ? [] : [[name, value]];
  });
  return listOf(type, Object.fromEntries(given));
}

/** As `answerList`, asked in a message. */
export function listOf(type: ScimResourceType, asked: ListParameters): Promise<ListResponse<ScimObject>> {
  return projectedList(type, readListQuery(type, asked));
}

export async function projectedList(
  type: ScimResourceType,
  query: ResourceQuery,
): Promise<ListResponse<ScimObject>> {
  const list = await type.list(query);
  return {
    ...list,
    Resources: list.Resources.map((resource) => project(type.schema, resource, query.projection)),
  };
}

const LIST_PARAMETERS = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const;

/**
 * One resource. 304 without a body when the client knows this version, 412 when it wants another one only (RFC 7644
 * section 3.14, RFC 9110 section 13.2.2): for neither the members of a group are read.
 */
export async function answerOne(
  type: ScimResourceType,
  id: string,
  query: QueryParameters,
  precondition: Precondition | undefined,
  reply: FastifyReply,
): Promise<ScimObject | undefined> {
  if (precondition) {
    const version = versionOf(await type.get(id, { only: [] }));
    const broken = brokenBy(version, precondition);
    if (broken === 'ifMatch') throw preconditionFailed();
    if (broken === 'ifNoneMatch') {
      void reply.status(304).header('etag', version);
      return undefined;
    }
  }
  return answerResource(type, await type.get(id, projectionOf(type, query)), query, reply);
}

/** What a write made, with its place and version in the headers, too (RFC 7644 sections 3.3 and 3.14). */
export function answerResource(
  type: ScimResourceType,
  resource: ScimObject,
  query: QueryParameters,
  reply: FastifyReply,
): ScimObject {
  const location = isComplex(resource.meta) ? resource.meta.location : undefined;
  if (typeof location === 'string') void reply.header('location', location);
  void reply.header('etag', versionOf(resource));
  return project(type.schema, resource, projectionOf(type, query));
}

/** What a PATCH made; 204 when the type answers nothing and nothing is asked back (RFC 7644 section 3.5.2). */
export function answerPatch(
  type: ScimResourceType,
  resource: ScimObject | undefined,
  query: QueryParameters,
  reply: FastifyReply,
): ScimObject | undefined {
  if (resource) return answerResource(type, resource, query, reply);
  void reply.status(204);
  return undefined;
}

/** What of a resource a PATCH asks back by naming `attributes`, if it does. */
export const askedBack = (type: ScimResourceType, query: QueryParameters): Projection | undefined =>
  single(query, 'attributes') === undefined ? undefined : projectionOf(type, query);

function readSortOrder(text: string | undefined): 'ascending' | 'descending' | undefined {
  if (text === undefined || text === '') return undefined;
  const order = text.toLowerCase();
  if (order === 'ascending' || order === 'descending') return order;
  throw badRequest('invalidValue', 'sortOrder is ascending or descending.');
}
