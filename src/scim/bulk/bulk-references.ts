import { isObject } from '../protocol/scim-value';
import type { BulkOperation } from './bulk-request';

/** `bulkId:…` as a whole value, as a segment of a path, or in quotes in the path of a PATCH. */
const WHOLE = /^bulkId:(.+)$/i;
const IN_PATH = /(?<=^\/[^/]+\/)bulkId:([^/?#]+)/gi;
const IN_FILTER = /(?<=")bulkId:([^"\\]+)(?=")/gi;

/** The bulkIds that an operation refers to, whose resources must exist before it (RFC 7644 section 3.7.2). */
export function referencesOf({ path, data }: BulkOperation): Set<string> {
  const found = new Set<string>();
  const note = (bulkId: string) => {
    found.add(bulkId);
    return bulkId;
  };
  pathWith(path, note);
  dataWith(data, note);
  return found;
}

/** Replaces the references of an operation by real ids. */
export function withReferences(operation: BulkOperation, idOf: (bulkId: string) => string): BulkOperation {
  return {
    ...operation,
    path: pathWith(operation.path, idOf),
    ...(operation.data && { data: dataWith(operation.data, idOf) as Record<string, unknown> }),
  };
}

/**
 * Sorts the operations so that each comes after those it refers to, and otherwise keeps their order. Also returns the
 * operations that refer to each other in a circle, or to such an operation.
 */
export function inOrder(operations: readonly BulkOperation[]): {
  order: BulkOperation[];
  circular: Set<BulkOperation>;
} {
  const makers = new Map(
    operations.flatMap((operation) =>
      operation.method === 'POST' && operation.bulkId !== undefined ? [[operation.bulkId, operation]] : [],
    ),
  );
  const order: BulkOperation[] = [];
  const circular = new Set<BulkOperation>();
  const state = new Map<BulkOperation, 'waiting' | 'placed'>();
  const place = (operation: BulkOperation): boolean => {
    if (state.get(operation) === 'placed') return !circular.has(operation);
    if (state.get(operation) === 'waiting') return false; // it needs itself, by whatever detour
    state.set(operation, 'waiting');
    const needed = [...referencesOf(operation)].map((bulkId) => makers.get(bulkId));
    const isStraight = needed.map((maker) => maker === undefined || place(maker)).every(Boolean);
    if (!isStraight) circular.add(operation);
    state.set(operation, 'placed');
    order.push(operation);
    return isStraight;
  };
  for (const operation of operations) place(operation);
  return { order, circular };
}

function pathWith(path: string, idOf: (bulkId: string) => string): string {
  return path.replace(IN_PATH, (_, bulkId: string) => idOf(bulkId));
}

/** Recursion is safe: the body parser limits the depth. */
function dataWith(value: unknown, idOf: (bulkId: string) => string, key = ''): unknown {
  if (typeof value === 'string') {
    const [, whole] = WHOLE.exec(value) ?? [];
    if (whole !== undefined) return idOf(whole);
    return key.toLowerCase() === 'path'
      ? value.replace(IN_FILTER, (_, bulkId: string) => idOf(bulkId))
      : value;
  }
  if (Array.isArray(value)) return value.map((element) => dataWith(element, idOf));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, dataWith(part, idOf, name)]));
}
