import { QueryFailedError } from 'typeorm';
import { DatabaseReadOnly } from './read-only-server';

/**
 * Whether the pool must drop this connection: a migration changed the result type of a statement that it has prepared
 * (SQLSTATE 0A000), or it leads to a read-only server. Both last as long as the connection.
 */
export const isConnectionSpent = (failure: unknown): boolean =>
  failure instanceof DatabaseReadOnly ||
  (failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === '0A000');
