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

/** Whether an operator should hear of it. That something does not exist here (501) is an answer like others. */
export const isTrouble = ({ status }: Problem): boolean => status >= 500 && status !== 501;

/** For people both are an address where there is nothing. */
export const leadsNowhere = ({ status }: { status: number }): boolean => status === 404 || status === 405;

const MALFORMED_JSON = new Problem(400, 'malformed_json', 'The body is not valid JSON.');

/**
 * Whatever was thrown, as something that may be shown. PostgreSQL's details stay inside: a message of it can
 * quote another row's values.
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
  // Nest makes this of the parser's SyntaxError before any filter sees it; nothing else here throws one.
  if (status === 400 && /JSON/.test(thrown.message)) return MALFORMED_JSON;
  // What Fastify refuses comes like this where Nest has wrapped it.
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
      // What it was to belong to was there a moment ago: whoever tries again is told that it is gone.
      return detail?.includes('is not present in table') ? busy() : internalError();
    case '40001':
    case '40P01':
    case '55P03':
      return busy();
    // Its disk or its memory is full: what was begun is undone, and reading goes on.
    case '53100':
    case '53200':
      return databaseUnreachable('The database has no room for this.');
    case '57014':
      // It may have waited for several, one after the other, and for none of them too long.
      return WAITING.test(where ?? '') ? busy() : tookTooLong('The database');
    // It waited for us, and gave up: what was begun is undone.
    case '25P03':
    case '25P04':
      return tookTooLong('The service');
    default:
      return internalError();
  }
}

/** PostgreSQL's word on where it was: at a row or a turn that somebody else had. */
const WAITING = /^while .* tuple \(|pg_advisory_xact_lock/m;

/**
 * Whether the connection broke: it fell silent, was closed from the other side (57P05: for being idle), or PostgreSQL is
 * going down, not up yet, or in trouble with it (class 08; but 08P01 is that it was asked the wrong way, which is our own
 * fault). What pg finds out by itself has no code.
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

/** Somebody else does the same at this moment. */
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
