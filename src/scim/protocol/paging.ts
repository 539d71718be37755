import { badRequest } from './errors';

export const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const MAX_PAGE = 200;
const USUAL_PAGE = 100;

/** A page by index (RFC 7644 section 3.4.2.4). `startIndex` counts from 1. */
export interface Page {
  startIndex: number;
  count: number;
}

/**
 * Reads `startIndex` and `count`: less than 1 is 1, a negative count is 0, more than the maximum is the maximum.
 * Throws invalidValue for what is no whole number.
 */
export function readPage(startIndex?: string, count?: string): Page {
  return {
    startIndex: Math.max(1, wholeNumber('startIndex', startIndex) ?? 1),
    count: Math.min(MAX_PAGE, Math.max(0, wholeNumber('count', count) ?? USUAL_PAGE)),
  };
}

export interface ListResponse<Resource> {
  schemas: [typeof LIST_SCHEMA];
  totalResults: number;
  startIndex: number;
  itemsPerPage: number;
  Resources: Resource[];
}

/** The ListResponse message (RFC 7644 section 3.4.2). */
export function listResponse<Resource>(
  resources: Resource[],
  { startIndex }: Page,
  totalResults: number,
): ListResponse<Resource> {
  return {
    schemas: [LIST_SCHEMA],
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

function wholeNumber(name: string, text?: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d{1,30}$/.test(text.trim())) throw badRequest('invalidValue', `${name} is a whole number.`);
  const limit = Number.MAX_SAFE_INTEGER;
  return Math.min(limit, Math.max(-limit, Number(text)));
}
