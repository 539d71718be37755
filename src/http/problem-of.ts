import { HttpException } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { Problem, Unauthorized } from './problems';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Request timeout',
  409: 'Conflict',
  413: 'Payload too large',
  415: 'Unsupported media type',
  422: 'Unprocessable',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  501: 'Not implemented',
  503: 'Unavailable',
};

export const titleOf = (status: number): string => TITLES[status] ?? 'Error';

/**
 * Whether the problem is to be logged as an error. 501 is not: it is a regular answer to a request for an unsupported
 * feature.
 */
export const isTrouble = ({ status }: Problem): boolean => status >= 500 && status !== 501;

/** Pages show one text for both: a browser that follows a link cannot choose the method. */
export const leadsNowhere = ({ status }: { status: number }): boolean => status === 404 || status === 405;

const MALFORMED_JSON = new Problem(400, 'malformed_json', 'The body is not valid JSON.');

/**
 * Converts anything thrown to a Problem. Leaves out PostgreSQL's message and detail, which can contain values of
 * another row.
 */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof HttpException) return ofHttpException(thrown);
  if (thrown instanceof QueryFailedError) return ofDatabase(thrown);
  const { code, name, statusCode } = (thrown ?? {}) as { code?: string; name?: string; statusCode?: number };
  if (code === 'GH_NO_CONNECTION') return noConnection();
  if (code === 'GH_UNREACHABLE') return databaseUnreachable();
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge();
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedType();
  if (code?.endsWith('_JSON_BODY') || (name === 'SyntaxError' && statusCode === 400)) {
    return MALFORMED_JSON;
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Problem(statusCode, 'bad_request', 'The request cannot be read.');
  }
  return internalError();
}

function ofHttpException(thrown: HttpException): Problem {
  const status = thrown.getStatus();
  if (status === 404) return new Problem(404, 'not_found', 'There is nothing at this address.');
  // Nest converts the body parser's SyntaxError to this before any filter sees it; nothing else throws a 400 with that
  // text.
  if (status === 400 && /JSON/.test(thrown.message)) return MALFORMED_JSON;
  // Nest wraps some of Fastify's errors.
  if (status === 413) return tooLarge();
  if (status === 415) return unsupportedType();
  return status < 500 ? new Problem(status, 'bad_request', thrown.message) : internalError();
}

function ofDatabase({ driverError }: { driverError: unknown }): Problem {
  const { code, detail, where } = driverError as { code?: string; detail?: string; where?: string };
  if (isGone(driverError)) return databaseUnreachable();
  switch (code) {
    case 'GH001':
      return new Problem(
        409,
        'last_admin',
        'A workspace keeps at least one admin. Make somebody else admin first.',
      );
    case 'GH002':
      return new Problem(
        409,
        'break_glass_required',
        'While single sign-on is enforced, one break-glass admin with a password and a second factor must remain.',
      );
    case 'GH003':
      return new Problem(
        409,
        'break_glass_depends_on_it',
        'While single sign-on is enforced, the last break-glass admin keeps a second factor.',
      );
    case 'GH004':
      return new Problem(403, 'member_removed', 'You are no longer a member of this workspace.');
    case 'GH007':
      return requestInProgress();
    case 'GH008':
      return new Unauthorized('invalid_token', 'This credential is wrong, expired or revoked.');
    case '23505':
      return new Problem(409, 'conflict', 'Something with this value already exists.');
    case '22021':
    case '22P05':
      return new Problem(400, 'validation_failed', 'A text holds a character that cannot be stored.');
    case '23503':
      // A concurrent request deleted the referenced row after this one had checked it: a retry gets the proper error.
      return detail?.includes('is not present in table') ? busy() : internalError();
    case '40001':
    case '40P01':
    case '55P03':
      return busy();
    // The disk or memory of the database server is full. The transaction was rolled back; reads still work.
    case '53100':
    case '53200':
      return databaseUnreachable('The database has no room for this.');
    case '57014':
      // `lock_timeout` limits each wait for a lock, but several waits together can exceed statement_timeout.
      return WAITING.test(where ?? '') ? busy() : tookTooLong('The database');
    // The service left the transaction idle or open for too long: PostgreSQL ended the session and rolled back.
    case '25P03':
    case '25P04':
      return tookTooLong('The service');
    default:
      return internalError();
  }
}

/** Matches PostgreSQL's CONTEXT when the statement waited for a row lock or an advisory lock. */
const WAITING = /^while .* tuple \(|pg_advisory_xact_lock/m;

/**
 * Whether the connection broke: the server went silent, closed it (57P05: idle_session_timeout), is shutting down or
 * starting up, or reports a connection error (class 08, except 08P01, a protocol violation, which is a bug of ours).
 * Errors that pg raises itself have no code.
 */
function isGone(driverError: unknown): boolean {
  const { code = '', message = '' } = driverError as { code?: string; message?: string };
  if (/^(GH_SILENT|ECONN.*|EPIPE|57P0[1235]|08(?!P01)...)$/.test(code)) return true;
  return (
    code === '' &&
    /^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(message)
  );
}

const databaseUnreachable = (detail = 'The database does not answer.'): Problem =>
  new Problem(503, 'database_unreachable', detail, {
    headers: { 'retry-after': '5' },
  });

const tookTooLong = (who: string): Problem =>
  new Problem(503, 'busy', `${who} took too long. Try again.`, { headers: { 'retry-after': '1' } });

const busy = (): Problem =>
  new Problem(409, 'busy', 'Somebody else is changing the same thing. Try again.', {
    headers: { 'retry-after': '1' },
  });

const noConnection = (): Problem =>
  new Problem(503, 'busy', 'The service has more to do than it can. Try again.', {
    headers: { 'retry-after': '2' },
  });

/** 409 `request_in_progress`: the same request is being processed at this moment. */
export const requestInProgress = (): Problem =>
  new Problem(409, 'request_in_progress', 'The same request is being worked on. Ask again in a moment.', {
    headers: { 'retry-after': '1' },
  });

const internalError = (): Problem =>
  new Problem(500, 'internal_error', 'Something went wrong here. The request id leads us to the reason.');

const tooLarge = (): Problem =>
  new Problem(413, 'payload_too_large', 'The body is larger than this call accepts.');

export const unsupportedType = (
  detail = 'The content type of the body is not one this call reads.',
  headers: Readonly<Record<string, string>> = {},
): Problem => new Problem(415, 'unsupported_media_type', detail, { headers });
