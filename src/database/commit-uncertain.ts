import { QueryFailedError } from 'typeorm';

/**
 * Whether PostgreSQL may have committed although the client got no answer: the connection broke (SQLSTATE class 08 or
 * 57 except 57014 `query_canceled`, or no SQLSTATE at all). The work must not be retried, because it could happen
 * twice.
 */
export const isCommitUncertain = (failure: unknown): boolean =>
  failure instanceof QueryFailedError &&
  !/^(?!08|57(?!014))[0-9A-Z]{5}$/.test((failure.driverError as { code?: string }).code ?? '');
