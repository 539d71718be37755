import { badRequest } from '../protocol/errors';
import { type PageParameters } from '../protocol/paging';
import { isObject, property, type SentObject } from '../protocol/scim-value';

export const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

/** The parameters of a list, from a query string or a SearchRequest. */
export interface ListParameters extends PageParameters {
  readonly filter?: string;
  readonly sortBy?: string;
  readonly sortOrder?: string;
  readonly attributes?: string;
  readonly excludedAttributes?: string;
}

/** Reads a SearchRequest (RFC 7644 section 3.4.3). Throws invalidSyntax and invalidValue. */
export function readSearchRequest(body: unknown): ListParameters {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body is a SearchRequest message.');
  const schemas = property(body, 'schemas');
  const isSearch = (urn: unknown) =>
    typeof urn === 'string' && urn.toLowerCase() === SEARCH_REQUEST.toLowerCase();
  if (schemas !== undefined && !(Array.isArray(schemas) && schemas.some(isSearch))) {
    throw badRequest('invalidSyntax', `schemas is a list with ${SEARCH_REQUEST}.`);
  }
  const texts = Object.fromEntries(
    ['filter', 'sortBy', 'sortOrder'].flatMap((name) => entryOf(name, textOf(body, name))),
  );
  const names = Object.fromEntries(
    ['attributes', 'excludedAttributes'].flatMap((name) => entryOf(name, namesOf(body, name))),
  );
  const page = Object.fromEntries(
    ['startIndex', 'count', 'cursor'].flatMap((name) => entryOf(name, property(body, name) ?? undefined)),
  );
  return { ...texts, ...names, ...page };
}

function entryOf<T>(name: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[name, value]];
}

function textOf(body: SentObject, name: string): string | undefined {
  const value = property(body, name) ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest('invalidValue', `${name} is text.`);
}

/** A list of attribute names; also accepts one string with commas. */
function namesOf(body: SentObject, name: string): string | undefined {
  const value = property(body, name) ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(',');
  throw badRequest('invalidValue', `${name} is a list of names.`);
}
