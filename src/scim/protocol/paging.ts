import { badRequest } from './errors';

export const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const MAX_PAGE = 200;
export const USUAL_PAGE = 100;

/**
 * A page by index (RFC 7644 section 3.4.2.4), starting at 1, or by cursor (RFC 9865); an empty cursor starts at the
 * beginning.
 */
export interface Page {
  startIndex: number;
  count: number;
  cursor?: string;
  /** The last page instead of the first, for lists that are read backwards into. */
  fromEnd?: boolean;
}

/** What a client wrote: text in a query string, numbers in a SearchRequest. */
export interface PageParameters {
  startIndex?: unknown;
  count?: unknown;
  cursor?: unknown;
}

/**
 * Reads the paging parameters. By index: a startIndex below 1 becomes 1, a negative count 0, a count above the maximum
 * the maximum; throws invalidValue for anything but an integer. By cursor: throws invalidCount unless count is
 * positive, and invalidValue when startIndex is given too.
 */
export function readPage({ startIndex, count, cursor }: PageParameters): Page {
  if (cursor === undefined || cursor === null) {
    return {
      startIndex: Math.max(1, wholeNumber('startIndex', startIndex) ?? 1),
      count: Math.min(MAX_PAGE, Math.max(0, wholeNumber('count', count) ?? USUAL_PAGE)),
    };
  }
  if (typeof cursor !== 'string') throw badRequest('invalidCursor', 'cursor is text.');
  if (startIndex !== undefined) {
    throw badRequest('invalidValue', 'A list is read by startIndex or by cursor, not by both.');
  }
  return { startIndex: 1, count: Math.min(MAX_PAGE, positiveCount(count) ?? USUAL_PAGE), cursor };
}

export interface ListResponse<Resource> {
  schemas: [typeof LIST_SCHEMA];
  totalResults: number;
  /** Of pages by index only. */
  startIndex?: number;
  itemsPerPage: number;
  /** Of pages by cursor, unless there is no page there (RFC 9865 section 2). */
  nextCursor?: string;
  previousCursor?: string;
  Resources: Resource[];
}

/** The ListResponse message (RFC 7644 section 3.4.2). */
export function listResponse<Resource>(
  resources: Resource[],
  place: { startIndex: number } | { nextCursor?: string; previousCursor?: string },
  totalResults: number,
): ListResponse<Resource> {
  return {
    schemas: [LIST_SCHEMA],
    totalResults,
    ...('startIndex' in place && { startIndex: place.startIndex }),
    itemsPerPage: resources.length,
    ...('nextCursor' in place && { nextCursor: place.nextCursor }),
    ...('previousCursor' in place && { previousCursor: place.previousCursor }),
    Resources: resources,
  };
}

function positiveCount(count: unknown): number | undefined {
  const number = numberIn(count);
  if (number !== undefined && !(number >= 1)) {
    throw badRequest('invalidCount', 'count is a whole number, 1 or more.');
  }
  return number;
}

function wholeNumber(name: string, value: unknown): number | undefined {
  const number = numberIn(value);
  if (Number.isNaN(number)) throw badRequest('invalidValue', `${name} is a whole number.`);
  return number;
}

/** Undefined: nothing was said; NaN: no whole number. */
function numberIn(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  if (!/^[+-]?\d{1,30}$/.test(text)) return Number.NaN;
  const limit = Number.MAX_SAFE_INTEGER;
  return Math.min(limit, Math.max(-limit, Number(text)));
}
