import { cut, isSecret, MASK, masked } from './masking';

/** One operation of a request. */
export interface ActivityOperation {
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}

const MOST_OPERATIONS = 20;

/** The parts of a request that say what it asks for. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body?: unknown;
}

export const isSearch = (path: string): boolean => path.toLowerCase().endsWith('/.search');

/** The operations of a request, masked and shortened. A body that is no SCIM message becomes one operation. */
export function operationsOf({ method, path, query, body }: Asked): ActivityOperation[] {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return [{ op: 'read', ...(query !== '' && { path: queryOf(query) }) }];
    case 'DELETE':
      return [{ op: 'delete' }];
    case 'PATCH':
      return listOf(body, 'Operations').map(patchStep);
    case 'POST': {
      if (isSearch(path)) return [{ op: 'search', value: masked(body) }];
      const bulk = listOf(body, 'Operations');
      return bulk.length > 0 ? bulk.map(bulkStep) : [{ op: 'create', value: masked(body) }];
    }
    default:
      return [{ op: 'replace', value: masked(body) }];
  }
}

/** The query with secrets in filters masked. */
export function queryOf(query: string): string {
  const text = decoded(query);
  return isSecret(text) ? MASK : cut(text, 500);
}

function patchStep(step: unknown): ActivityOperation {
  const { op, path, value } = fieldsOf(step);
  return {
    op: typeof op === 'string' ? cut(op.toLowerCase(), 20) : '?',
    ...(typeof path === 'string' && { path: masked(path) as string }),
    ...(value !== undefined && { value: isSecret(path) ? MASK : masked(value) }),
  };
}

function bulkStep(step: unknown): ActivityOperation {
  const { method, path, data } = fieldsOf(step);
  return {
    op: typeof method === 'string' ? cut(method.toLowerCase(), 20) : '?',
    ...(typeof path === 'string' && { path: queryOf(path) }),
    ...(data !== undefined && { value: masked(data) }),
  };
}

function listOf(body: unknown, name: string): unknown[] {
  const found = Object.entries(asObject(body)).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return Array.isArray(found?.[1]) ? (found[1] as unknown[]).slice(0, MOST_OPERATIONS) : [];
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The fields of an operation by lower-case name, because some servers accept `Path`, too. */
const fieldsOf = (step: unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(asObject(step)).map(([name, part]) => [name.toLowerCase(), part]));

/** Decodes a query parameter; if it is malformed, leaves it as it is. */
const decoded = (query: string): string =>
  query.replaceAll('+', ' ').replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
