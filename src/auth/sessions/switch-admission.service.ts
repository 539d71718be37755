import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Forbidden, Unauthorized } from '../../http/problems';
import { TokenIssuer } from '../tokens/token-issuer.service';
import type { TokenResponseDto } from '../tokens/token-response.dto';
import { LoginPolicyService } from './login-policy.service';

/** The session that the caller switches from, as read before. */
export interface LeftSession {
  readonly expiresAt: Date;
  /** When the person last gave the password. */
  readonly authenticatedAt: Date;
  /** Of the password it was opened with. */
  readonly passwordHash: string | undefined;
}

export const sessionEnded = (): Unauthorized =>
  new Unauthorized('invalid_token', 'This session has ended. Sign in again.');

/** The part of a switch that happens in the workspace switched to. */
@Injectable()
export class SwitchAdmission {
  constructor(
    private readonly policy: LoginPolicyService,
    private readonly tokens: TokenIssuer,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Opens a session that ends no later than the one left, so that switching back and forth prolongs nothing. Throws
   * 403 `reauthentication_required`, and 401 `invalid_token` when the password has changed meanwhile, which ended the
   * session.
   */
  async admit(
    caller: UserPrincipal,
    memberId: string,
    { expiresAt, authenticatedAt, passwordHash }: LeftSession,
  ): Promise<TokenResponseDto> {
    const { method, amr } = caller;
    // A sign-in through an identity provider, or with a passkey, is valid in one workspace only.
    if (method !== 'password') {
      throw new Forbidden(
        'You showed who you are to one workspace only. Sign in to the other one.',
        'reauthentication_required',
      );
    }
    const standing = passwordHash && (await this.policy.standingByPassword(caller.id, passwordHash));
    if (!standing) throw sessionEnded();
    const attempt = {
      memberId,
      method,
      // Second factors belong to the member in the other workspace and count for nothing here.
      amr: amr.filter((proof) => proof === 'pwd'),
      authenticatedAt,
      notAfter: expiresAt,
      enrolmentPutOff: true,
    } as const;
    const grant = this.policy.grantLocal(attempt, standing);
    const { sessionId, tokens } = await this.tokens.begin(grant);
    this.trail.record({
      type: 'auth.workspace_switched',
      target: { type: 'session', id: sessionId },
      data: { method },
    });
    return tokens;
  }
}
