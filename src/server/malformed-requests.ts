import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { uuidV7 } from '../crypto/uuid-v7';
import { titleOf } from '../http/problem-of';

/** Of what no hook sees, and so nobody else puts headers on. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** What cannot be read as HTTP, too large headers, and requests that never end: a last answer on the bare connection. */
export function answerMalformedRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(lastAnswer(error.code));
  socket.destroy(error);
}

/** A header `Expect` that asks for anything but 100-continue (RFC 9110 section 10.1.1). */
export function refuseExpectation(_: unknown, response: FastifyReply['raw']): void {
  const { headers, body } = refusal(417);
  response.writeHead(417, headers).end(body);
}

function lastAnswer(code: string | undefined): string {
  const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const { headers, body } = refusal(status);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join('')}\r\n${body}`;
}

function refusal(status: number): {
  readonly headers: Record<string, string | number>;
  readonly body: string;
} {
  const requestId = uuidV7();
  const body = JSON.stringify({
    type: 'urn:gatehouse:problem:bad_request',
    title: titleOf(status),
    status,
    detail: DETAILS[status],
    code: 'bad_request',
    instance: requestId,
  });
  const headers = {
    ...HEADERS,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    connection: 'close',
  };
  return { headers, body };
}

/** As RFC 9110 and RFC 6585 name them. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

const DETAILS: Readonly<Record<number, string>> = {
  400: 'This is not HTTP.',
  408: 'The request took too long to arrive.',
  417: 'Expect may only ask for 100-continue here.',
  431: 'The headers of the request are larger than this service reads.',
};
