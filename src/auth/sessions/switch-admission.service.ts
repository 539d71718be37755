import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Forbidden, Unauthorized } from '../../http/problems';
import { TokenIssuer } from '../tokens/token-issuer.service';
import type { TokenResponseDto } from '../tokens/token-response.dto';
import { LoginPolicyService } from './login-policy.service';

/** What is left behind by a switch, as it was a moment ago. */
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
   * The session ends no later than the one that is left: going back and forth makes none of them longer. Throws 403
   * `reauthentication_required`, 401 `invalid_token` when the password is another one by now, which ended the session.
   */
  async admit(
    caller: UserPrincipal,
    memberId: string,
    { expiresAt, authenticatedAt, passwordHash }: LeftSession,
  ): Promise<TokenResponseDto> {
    const { method, amr } = caller;
    // What an identity provider said, and a passkey, are good in one workspace only.
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
      // Factors belong to the member that was left: here they prove nothing, and nothing anew.
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
