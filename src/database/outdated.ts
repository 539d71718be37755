import { QueryFailedError } from 'typeorm';

/**
 * Whether what the connection has prepared would answer other columns by now, since a migration of elsewhere. PostgreSQL
 * refuses that for as long as the connection lasts.
 */
export const isOutdated = (failure: unknown): boolean =>
  failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === '0A000';
