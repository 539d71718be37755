import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import { BadRequest, Forbidden, Problem, ValidationFailed } from '../../http/problems';
import type { FactorAnswer } from '../factors/factor-answer';
import { FactorThrottle, TooManyGuesses } from '../factors/factor-throttle.service';
import { TooManyAttempts } from '../password/login-throttle.service';
import { OwnProofs } from './own-proofs.service';
import { RaisedSessions } from './raised-sessions.service';
import type { ReauthenticatedDto, ReauthenticateDto, ReauthenticationWaysDto } from './reauthentication.dto';

/** What refuses a guess. At a sign-in it is a 401. */
const WRONG = ['invalid_credentials', 'invalid_code', 'invalid_passkey'] as const;

/**
 * Lets the person behind a running session prove again who they are: by the password it began with, or by a second
 * factor. Who came through an identity provider does it there. Guesses count as at a sign-in.
 */
@Injectable()
export class Reauthentication {
  constructor(
    private readonly database: Database,
    private readonly guesses: FactorThrottle,
    private readonly proofs: OwnProofs,
    private readonly raised: RaisedSessions,
  ) {}

  /** In the transaction of the workspace. */
  waysOf(caller: UserPrincipal): Promise<ReauthenticationWaysDto> {
    return this.proofs.waysOf(caller);
  }

  /**
   * Outside a transaction. Throws 400 `invalid_credentials`, `invalid_code`, `invalid_passkey`: a 401 would say that the session is not
   * good any more. And 403 `sso_required`, `mfa_required`, 429 `rate_limited`.
   */
  async prove(
    caller: UserPrincipal,
    { password, factorId, code, credential }: ReauthenticateDto,
    asCookie: boolean,
  ): Promise<ReauthenticatedDto> {
    const answers = [password, code, credential].filter((given) => given !== undefined);
    if (answers.length !== 1 || (password === undefined) !== (factorId !== undefined)) {
      throw new ValidationFailed([
        { field: 'password', message: 'Send a password, or factorId with a code or credential.' },
      ]);
    }
    if (password !== undefined) return this.byPassword(caller, password, asCookie);
    const answer = code !== undefined ? { code } : { credential };
    return this.byFactor(caller, factorId!.toLowerCase(), answer, asCookie);
  }

  /** What the browser needs to answer with a passkey. Throws NotFound, 409 `factor_takes_codes`. */
  requestOptions(caller: UserPrincipal, factorId: string): Promise<object> {
    return this.proofs.requestOptions(caller, factorId.toLowerCase());
  }

  private async byPassword(
    caller: UserPrincipal,
    password: string,
    asCookie: boolean,
  ): Promise<ReauthenticatedDto> {
    if (caller.method !== 'password') {
      const refusal = new Forbidden(
        'Your identity provider vouches for this session: prove it there, by the loginUrl of GET /v1/auth/reauthenticate.',
        'sso_required',
      );
      await this.inWorkspace(caller, async () => this.raised.recordRefusal(caller, 'password', refusal));
      throw refusal;
    }
    return this.judged(caller, 'password', async () => {
      await this.proofs.checkPassword(caller, password);
      return this.inWorkspace(caller, async () => {
        await this.proofs.refusePasswordAlone(caller);
        return this.raised.raise(caller, 'password', asCookie);
      });
    });
  }

  /** The code is used up and the session raised, or neither. */
  private async byFactor(
    caller: UserPrincipal,
    factorId: string,
    answer: FactorAnswer,
    asCookie: boolean,
  ): Promise<ReauthenticatedDto> {
    const type = await this.inWorkspace(caller, () => this.proofs.typeOf(caller, factorId));
    return this.judged(caller, 'factor', () =>
      this.guesses.guard(caller.memberId, type, () =>
        this.inWorkspace(caller, async () => {
          const proven = await this.proofs.useFactor(caller, factorId, answer);
          return this.raised.raise(caller, proven, asCookie);
        }),
      ),
    );
  }

  private async judged<T>(caller: UserPrincipal, by: string, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      const isSilent =
        (failure instanceof TooManyAttempts || failure instanceof TooManyGuesses) && !failure.first;
      if (!isSilent)
        await this.inWorkspace(caller, async () => this.raised.recordRefusal(caller, by, failure));
      const wrong = WRONG.find((code) => code === failure.code);
      throw wrong ? new BadRequest(wrong, failure.detail) : failure;
    }
  }

  private inWorkspace<T>({ workspaceId }: UserPrincipal, work: () => Promise<T>): Promise<T> {
    return this.database.inWorkspace(workspaceId, work);
  }
}
