import { QueryFailedError } from 'typeorm';
import { DatabaseReadOnly } from './read-only-server';

/**
 * Whether the connection is of no use any more: what it has prepared would answer other columns by now, since a migration
 * of elsewhere, or it leads to a server that only reads. Neither changes for as long as the connection lasts.
 */
export const isConnectionSpent = (failure: unknown): boolean =>
  failure instanceof DatabaseReadOnly ||
  (failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === '0A000');
