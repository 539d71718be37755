import { HttpStatus } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type HtmlPage, sendPage } from '../../http/html-page';

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

/** A page of ours in place of an address to go to. */
export interface ShownPage {
  readonly page: HtmlPage;
  readonly setCookies: readonly string[];
}

/** What comes after a sign-in: somewhere else, or a page of ours. */
export type NextStep = Redirect | ShownPage;

/** Sends the browser on, or shows it the page. */
export async function proceed(reply: FastifyReply, step: NextStep): Promise<void> {
  if ('location' in step) return redirect(reply, step);
  await sendPage(reply.header('set-cookie', [...step.setCookies]), step.page);
}
