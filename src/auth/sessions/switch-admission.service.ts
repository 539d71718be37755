import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Forbidden } from '../../http/problems';
import { TokenIssuer } from '../tokens/token-issuer.service';
import type { TokenResponseDto } from '../tokens/token-response.dto';
import { LoginPolicyService } from './login-policy.service';

/** The part of a switch that happens in the workspace switched to. */
@Injectable()
export class SwitchAdmission {
  constructor(
    private readonly policy: LoginPolicyService,
    private readonly tokens: TokenIssuer,
    private readonly trail: AuditTrail,
  ) {}

  /** `expiresAt` is the end of the session that is left: going back and forth makes none of them longer. */
  async admit(caller: UserPrincipal, memberId: string, expiresAt: Date): Promise<TokenResponseDto> {
    const { method, amr, authenticatedAt } = caller;
    // What an identity provider said, and a passkey, are good in one workspace only.
    if (method !== 'password') {
      throw new Forbidden(
        'You showed who you are to one workspace only. Sign in to the other one.',
        'reauthentication_required',
      );
    }
    const grant = await this.policy.grant({
      memberId,
      method,
      // Factors belong to the member that was left: here they prove nothing.
      amr: amr.filter((proof) => proof === 'pwd'),
      authenticatedAt,
      notAfter: expiresAt,
      enrolmentPutOff: true,
    });
    const { sessionId, tokens } = await this.tokens.begin(grant);
    this.trail.record({
      type: 'auth.workspace_switched',
      target: { type: 'session', id: sessionId },
      data: { method },
    });
    return tokens;
  }
}
