import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Forbidden } from '../../http/problems';
import { SignInCompletion } from '../browser/sign-in-completion.service';
import { DiscoveryService } from '../discovery/discovery.service';
import { answerOf } from '../factors/answer.dto';
import type { Enrolment } from '../factors/factor-enrolment.service';
import type { EnrollableType } from '../factors/factor.entity';
import type { FinishedLogin } from '../mfa/finished-login';
import type { VerifyFactorDto } from '../mfa/mfa.dto';
import { MfaLogin } from '../mfa/mfa-login.service';
import type { SecondFactorAskedDto } from '../mfa/second-factor-asked.dto';
import type { LoginDto } from '../password/login.dto';
import { PasswordLoginService } from '../password/password-login.service';

/** Signing in on a page of ours: ends in a session that the browser holds as a cookie. */
@Injectable()
export class PageSignIn {
  private readonly ownOrigin: string;

  constructor(
    config: Config,
    private readonly discovery: DiscoveryService,
    private readonly passwords: PasswordLoginService,
    private readonly completion: SignInCompletion,
    private readonly mfa: MfaLogin,
  ) {
    this.ownOrigin = new URL(config.publicUrl).origin;
  }

  /** Where people with this address sign in through their company; undefined when they use a password. */
  async providerOf(email: string): Promise<string | undefined> {
    const found = await this.discovery.discover(email);
    if (found.method === 'password') return undefined;
    const url = new URL(found.loginUrl);
    url.searchParams.set('loginHint', email);
    return url.href;
  }

  /**
   * Answers the Set-Cookie header of the new session, or asks for the second factor. Throws what a login over the API throws, and 403
   * `foreign_origin` for a form on somebody else's page: it could sign people in to an account that is not theirs.
   */
  byPassword(input: LoginDto, origin: string | undefined): Promise<string | SecondFactorAskedDto> {
    this.refuseForeign(origin);
    return this.passwords.login(input, (grant) => this.completion.openConsole(grant));
  }

  /** The second step: as byPassword(), with what MfaLogin throws. */
  bySecondFactor(input: VerifyFactorDto, origin: string | undefined): Promise<FinishedLogin<string>> {
    this.refuseForeign(origin);
    const { mfaToken, factorId } = input;
    const step = { mfaToken, factorId, answer: answerOf(input) };
    return this.mfa.verify(step, (grant) => this.completion.openConsole(grant));
  }

  /** Begins to set up the factor that the workspace asks for. */
  enroll(mfaToken: string, type: EnrollableType): Promise<Enrolment> {
    return this.mfa.enroll(mfaToken, { type, name: null });
  }

  private refuseForeign(origin: string | undefined): void {
    if (origin !== undefined && origin !== this.ownOrigin) {
      throw new Forbidden('Sign in on the page of this service.', 'foreign_origin');
    }
  }
}
