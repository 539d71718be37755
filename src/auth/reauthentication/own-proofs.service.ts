import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { Config } from '../../config/config';
import { Forbidden, Unauthorized } from '../../http/problems';
import { UsersService } from '../../members/users.service';
import { loginUrl } from '../../sso-connections/connection-urls';
import type { FactorAnswer, Occasion, ProvenFactor } from '../factors/factor-answer';
import { FactorProof } from '../factors/factor-proof.service';
import { FactorsService } from '../factors/factors.service';
import { lacksFactor } from '../factors/shown-factor';
import { KnownPassword } from '../password/known-password.service';
import type { ReauthenticationWaysDto } from './reauthentication.dto';

/** With what the person behind a session can prove who they are. */
@Injectable()
export class OwnProofs {
  constructor(
    private readonly config: Config,
    private readonly users: UsersService,
    private readonly factors: FactorsService,
    private readonly proof: FactorProof,
    private readonly password: KnownPassword,
  ) {}

  /** In the transaction of the workspace. */
  async waysOf(caller: UserPrincipal): Promise<ReauthenticationWaysDto> {
    const { method, connectionId, authenticatedAt, freshSeconds } = caller;
    const factors = await this.factors.listUsable(caller.memberId);
    const suffices = method === 'password' && !(await lacksFactor(caller, this.factors));
    const atProvider =
      (method !== 'saml' && method !== 'oidc') || connectionId === null
        ? null
        : `${loginUrl(this.config.publicUrl, { id: connectionId, type: method })}?maxAge=${freshSeconds}`;
    return {
      authenticatedAt: authenticatedAt.toISOString(),
      maxAge: freshSeconds,
      password: suffices,
      factors: factors.map(({ id, type }) => ({ id, type })),
      loginUrl: atProvider,
    };
  }

  /** Outside a transaction. Throws 401 `invalid_credentials`, 429 `rate_limited`. */
  async checkPassword({ id, email }: UserPrincipal, password: string): Promise<void> {
    const known = await this.users.passwordOf(id);
    // By the address of the account, as at a sign-in; a workspace may call the member otherwise.
    const account = known ?? { email, passwordHash: undefined };
    if (await this.password.isRight(account, password)) return;
    const reason = known ? 'wrong_password' : 'no_password';
    throw new Unauthorized('invalid_credentials', 'This is not your password.', reason);
  }

  /**
   * In the transaction of the workspace. Throws 403 `mfa_required` for whoever has set a second factor up since this
   * session began: a password opens no session any more, and must not make one worth as much as those that showed it.
   */
  async refusePasswordAlone(caller: UserPrincipal): Promise<void> {
    if (await lacksFactor(caller, this.factors))
      throw new Forbidden('You have a second factor by now: prove it with that one.', 'mfa_required');
  }

  /** In the transaction of the workspace. Throws 401 `invalid_code` or `invalid_passkey`. */
  useFactor(caller: UserPrincipal, id: string, answer: FactorAnswer): Promise<ProvenFactor> {
    return this.proof.use(caller, id, answer, occasionOf(caller));
  }

  /** In the transaction of the workspace. Throws NotFound, 409 `factor_takes_codes`. */
  requestOptions(caller: UserPrincipal, id: string): Promise<object> {
    return this.proof.requestOptions(caller.memberId, id, occasionOf(caller));
  }

  /** In the transaction of the workspace. Whatever the factor is, it counts as its type when it is guessed at. */
  async typeOf({ memberId }: UserPrincipal, id: string): Promise<string> {
    return (await this.factors.find(memberId, id))?.type ?? 'unknown';
  }
}

/** What was sent out for one session is good for no other. */
const occasionOf = ({ sessionId }: UserPrincipal): Occasion => ({
  purpose: 'reauthentication',
  id: sessionId,
});
