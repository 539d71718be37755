import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How much of a body that nobody wants is still read, and for how long. */
const MOST_BYTES = 32 * 1024 * 1024;
const LONGEST_MS = 30_000;

/**
 * For an answer that leaves before its request has arrived whole, because the body is too large, say. Were the connection
 * closed behind it, as Fastify has it, whatever still arrives would be answered by a reset, and that reaches a client that
 * writes first and reads then before the answer does (RFC 9112 section 9.6). So the rest is read and thrown away; a client
 * that does not come to an end is cut off.
 */
export function drainRequest({ raw }: FastifyRequest, reply: FastifyReply): void {
  const { socket } = raw;
  // A request that is injected comes over no connection.
  if (raw.complete || raw.destroyed || !(socket instanceof Socket)) return;
  const answer = reply.raw;
  const closesAfterwards = !answer.shouldKeepAlive;
  reply.removeHeader('connection');
  answer.shouldKeepAlive = true;

  let read = 0;
  const cutOff = (): void => void socket.destroy();
  const timer = setTimeout(cutOff, LONGEST_MS).unref();
  raw.on('data', ({ length }: Buffer) => {
    read += length;
    if (read > MOST_BYTES) cutOff();
  });
  raw.once('close', () => clearTimeout(timer));
  raw.once('end', () => {
    clearTimeout(timer);
    if (!closesAfterwards) return;
    if (answer.writableFinished) socket.end();
    else answer.once('finish', () => socket.end());
  });
}
