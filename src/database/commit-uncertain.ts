import { QueryFailedError } from 'typeorm';

/**
 * Whether COMMIT may have arrived although no answer did: PostgreSQL did not refuse, the connection broke (classes 08 and
 * 57 of SQLSTATE but for a statement that was stopped, or none at all). What failed so must not be tried again as if
 * nothing had happened.
 */
export const isCommitUncertain = (failure: unknown): boolean =>
  failure instanceof QueryFailedError &&
  !/^(?!08|57(?!014))[0-9A-Z]{5}$/.test((failure.driverError as { code?: string }).code ?? '');
