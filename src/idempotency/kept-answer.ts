import { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { isHtmlPage, pageOf, withPlainBody } from '../http/html-page';
import type { Standing } from './standing';

/** What a handler answered, so that it can be answered again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The handler's return value as JSON; missing when it returned nothing. */
  readonly json?: string;
  readonly isPage?: boolean;
  /** Of whom it was an answer to, at that time. */
  readonly standing: Standing;
}

/** Beyond these, everything about an answer is said anew each time: the request id, what is left of a budget. */
const HEADERS = ['content-type', 'location', 'etag'];

/** Of JSON. The largest answers there are, to operations of a directory in bulk, have about as much. */
const LONGEST = 1024 * 1024;

/**
 * The response to store; undefined when it is too large or not JSON. Call it after the handler has set status and
 * headers.
 */
export function answerOf(reply: FastifyReply, answer: unknown, standing: Standing): KeptAnswer | undefined {
  if (answer instanceof StreamableFile || Buffer.isBuffer(answer)) return undefined;
  const headers = HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)]];
  });
  const page = isHtmlPage(answer);
  const json = answer === undefined ? undefined : JSON.stringify(page ? withPlainBody(answer) : answer);
  if (json !== undefined && json.length > LONGEST) return undefined;
  return {
    status: reply.statusCode,
    headers: Object.fromEntries(headers) as Record<string, string>,
    ...(json !== undefined && { json }),
    ...(page && { isPage: true }),
    standing,
  };
}

/** Sends the stored status and headers again, and returns the stored return value. */
export function sayAgain(reply: FastifyReply, { status, headers, json, isPage }: KeptAnswer): unknown {
  void reply.status(status).headers(headers).header('idempotency-replayed', 'true');
  const answer: unknown = json === undefined ? undefined : JSON.parse(json);
  return isPage ? pageOf(answer as ReturnType<typeof withPlainBody>) : answer;
}
