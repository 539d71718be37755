import { HttpStatus } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Where the browser goes next, and what it keeps. */
export interface Redirect {
  readonly location: string;
  readonly setCookies: readonly string[];
}

/**
 * 303, so that the next request is a GET whatever this one was: a posted response stays behind (RFC 9700
 * section 4.12).
 */
export async function redirect(reply: FastifyReply, { location, setCookies }: Redirect): Promise<void> {
  await reply
    .status(HttpStatus.SEE_OTHER)
    .header('location', location)
    .header('set-cookie', [...setCookies])
    .send();
}
