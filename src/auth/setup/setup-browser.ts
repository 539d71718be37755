import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { cookieValue } from '../../access/authenticator';
import { Config } from '../../config/config';
import { sha256 } from '../../crypto/sha256';
import { Forbidden } from '../../http/problems';
import { type SetupVisit, SetupVisits } from '../../sso-connections/setup-links/setup-visits.service';
import { setCookie } from '../browser/cookies';

/** The browser of somebody with a setup link: its cookie, and which forms are really its own. */
@Injectable()
export class SetupBrowser {
  private readonly cookieName: string;
  private readonly ownOrigin: string;

  constructor(
    private readonly config: Config,
    private readonly visits: SetupVisits,
  ) {
    this.cookieName = config.secureOrigin ? '__Host-gatehouse_setup' : 'gatehouse_setup';
    this.ownOrigin = new URL(config.publicUrl).origin;
  }

  /** Exchanges a link for the header that sets the cookie. Throws NotFound. */
  async open(link: string): Promise<string> {
    const { cookie, expiresAt } = await this.visits.open(link);
    // Lax: with Strict, a link in web mail would lead to a page without the cookie that was set on the way there.
    const maxAgeSeconds = (expiresAt.getTime() - Date.now()) / 1000;
    return setCookie(this.cookieName, cookie, {
      ...{ secure: this.config.secureOrigin, sameSite: 'Lax', maxAgeSeconds },
    });
  }

  /** Throws NotFound. */
  async resume(request: FastifyRequest): Promise<{ visit: SetupVisit; formToken: string }> {
    const cookie = cookieValue(request.headers.cookie, this.cookieName);
    return { visit: await this.visits.resume(cookie), formToken: formTokenFor(cookie ?? '') };
  }

  /**
   * As resume, for a form: it comes from a page of ours that was made for this very browser. Throws NotFound, and 403
   * `foreign_form`.
   */
  async submit(request: FastifyRequest, shown: string): Promise<{ visit: SetupVisit; formToken: string }> {
    const resumed = await this.resume(request);
    if (request.headers.origin !== this.ownOrigin || !same(shown, resumed.formToken)) {
      throw new Forbidden(
        'This form does not come from your own set-up page. Load that again.',
        'foreign_form',
      );
    }
    return resumed;
  }
}

/** Follows from the cookie, which no other site can read. */
const formTokenFor = (cookie: string): string => sha256(`setup form|${cookie}`).toString('base64url');

/** Compared as bytes: characters beyond ASCII are several of them. */
function same(shown: string, expected: string): boolean {
  const [one, other] = [Buffer.from(shown), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
