import type { FastifyReply } from 'fastify';
import { sendPage } from '../../http/html-page';
import { PAGES } from './pages';
import { recoveryCodesPage } from './second-factor-pages';

/** Back to one's own factors, by way of the recovery codes that come with the first one. */
export function enrolled(reply: FastifyReply, recoveryCodes: readonly string[] | undefined): void {
  if (recoveryCodes) void sendPage(reply, recoveryCodesPage(recoveryCodes, PAGES.factors));
  else void reply.redirect(PAGES.factors, 303);
}
