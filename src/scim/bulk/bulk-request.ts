import { badRequest, ScimError } from '../protocol/errors';
import { isObject, property, type SentObject } from '../protocol/scim-value';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { withoutSpareSlashes } from '../spare-slashes';

export const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
export const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

/** An operation as sent; it is checked when it is executed. */
export interface BulkOperation {
  readonly method: string;
  readonly path: string;
  readonly bulkId?: string;
  readonly version?: string;
  readonly data?: SentObject;
}

export interface BulkRequest {
  readonly operations: readonly BulkOperation[];
  /** After this many failed operations the remaining ones are not executed. */
  readonly failOnErrors: number;
}

/**
 * Reads a BulkRequest (RFC 7644 section 3.7). Throws invalidSyntax or invalidValue for a malformed request, 413 for
 * more than `maxOperations` operations.
 */
export function readBulkRequest(body: unknown, maxOperations: number): BulkRequest {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body is a BulkRequest message.');
  assertSchemas(property(body, 'schemas'));
  const operations = property(body, 'Operations');
  if (!Array.isArray(operations)) throw badRequest('invalidSyntax', 'Operations is a list.');
  if (operations.length > maxOperations) {
    throw new ScimError(413, `A bulk request takes at most ${maxOperations} operations (maxOperations).`);
  }
  const read = operations.map(readOperation);
  refuseRepeatedIds(read);
  return { operations: read, failOnErrors: readFailOnErrors(property(body, 'failOnErrors')) };
}

function assertSchemas(schemas: unknown): void {
  const isBulk = (urn: unknown) =>
    typeof urn === 'string' && urn.toLowerCase() === BULK_REQUEST.toLowerCase();
  if (schemas !== undefined && !(Array.isArray(schemas) && schemas.some(isBulk))) {
    throw badRequest('invalidSyntax', `schemas is a list with ${BULK_REQUEST}.`);
  }
}

function readOperation(sent: unknown): BulkOperation {
  if (!isObject(sent)) throw badRequest('invalidSyntax', 'An operation is an object.');
  const [method, path] = [textOf(sent, 'method'), textOf(sent, 'path')];
  if (method === undefined || path === undefined) {
    throw badRequest('invalidSyntax', 'An operation has a method and a path.');
  }
  const bulkId = textOf(sent, 'bulkId');
  const version = textOf(sent, 'version');
  const data = property(sent, 'data') ?? undefined;
  if (data !== undefined && !isObject(data)) {
    throw badRequest('invalidSyntax', 'data is the body of the operation, an object.');
  }
  return {
    method: method.toUpperCase(),
    path: withoutSpareSlashes(`${SCIM_PREFIX}${path}`).slice(SCIM_PREFIX.length),
    ...(bulkId !== undefined && { bulkId }),
    ...(version !== undefined && { version }),
    ...(data && { data }),
  };
}

function textOf(sent: SentObject, name: string): string | undefined {
  const value = property(sent, name) ?? undefined;
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw badRequest('invalidSyntax', `${name} of an operation is text.`);
}

function refuseRepeatedIds(operations: readonly BulkOperation[]): void {
  const seen = new Set<string>();
  for (const { method, bulkId } of operations) {
    if (method !== 'POST' || bulkId === undefined) continue;
    if (seen.has(bulkId)) throw badRequest('invalidValue', 'Each bulkId stands for one resource.');
    seen.add(bulkId);
  }
}

function readFailOnErrors(sent: unknown): number {
  if (sent === undefined || sent === null) return Number.POSITIVE_INFINITY;
  if (typeof sent !== 'number' || !Number.isInteger(sent) || sent < 1) {
    throw badRequest('invalidValue', 'failOnErrors is a whole number, 1 or more.');
  }
  return sent;
}
