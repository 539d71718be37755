import { isObject } from '../protocol/scim-value';
import type { BulkOperation } from './bulk-request';

/** `bulkId:…` as a whole value, as part of a path to a resource, or in quotes in the path of a PATCH. */
const WHOLE = /^bulkId:(.+)$/i;
const IN_PATH = /(?<=^\/[^/]+\/)bulkId:([^/?#]+)/gi;
const IN_FILTER = /(?<=")bulkId:([^"\\]+)(?=")/gi;

/** The ids of the resources that an operation needs to be made before it (RFC 7644 section 3.7.2). */
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

/** The operation with the real ids in the places of its references. */
export function withReferences(operation: BulkOperation, idOf: (bulkId: string) => string): BulkOperation {
  return {
    ...operation,
    path: pathWith(operation.path, idOf),
    ...(operation.data && { data: dataWith(operation.data, idOf) as Record<string, unknown> }),
  };
}

/**
 * The operations in an order in which whatever one needs is done before it, and else in the order they were sent;
 * and those that need each other in a circle, or something that does.
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

/** Bodies are nested only so deep: their reader sees to that. */
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
