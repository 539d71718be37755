import { Injectable } from '@nestjs/common';
import { Problem } from '../../http/problems';
import { UsersService } from '../../members/users.service';
import type { SecondFactorAskedDto } from '../mfa/second-factor-asked.dto';
import type { LoginGrant } from '../sessions/login-grant';
import type { CountedAttempt } from './counted-attempt';
import type { LoginDto } from './login.dto';
import { LoginFailures } from './login-failures.service';
import { LoginThrottle, TooManyAttempts } from './login-throttle.service';
import { PasswordAdmission, wrongCredentials } from './password-admission.service';
import { PasswordHasher } from './hashing/password-hasher';

/** What a right password opens, made in the transaction of the workspace: tokens, or a console session. */
type Open<Opened> = (grant: LoginGrant) => Promise<Opened>;

/** Signs people in with email and password. Every answer takes the same work, whoever is or is not known. */
@Injectable()
export class PasswordLoginService {
  constructor(
    private readonly throttle: LoginThrottle,
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
    private readonly admission: PasswordAdmission,
    private readonly failures: LoginFailures,
  ) {}

  /**
   * Answers what `open` made, or asks for the second factor. Throws 401 `invalid_credentials`, 403 `sso_required`, 429
   * `rate_limited`.
   */
  async login<Opened>(input: LoginDto, open: Open<Opened>): Promise<Opened | SecondFactorAskedDto> {
    try {
      return await this.throttle.guard(input.email, (counted) => this.attempt(input, open, counted));
    } catch (failure) {
      // Once per account and window: whoever goes on trying does not fill the log.
      if (failure instanceof TooManyAttempts && failure.first) {
        await this.failures.record(input, await this.users.findPasswordAccount(input.email), failure);
      }
      throw failure;
    }
  }

  private async attempt<Opened>(
    input: LoginDto,
    open: Open<Opened>,
    counted: CountedAttempt,
  ): Promise<Opened | SecondFactorAskedDto> {
    const account = await this.users.findPasswordAccount(input.email);
    const right = await this.hasher.verify(account?.passwordHash, input.password);
    try {
      if (!account) throw wrongCredentials('unknown_account');
      const { passwordHash } = account;
      if (!right || !passwordHash) throw wrongCredentials(passwordHash ? 'wrong_password' : 'no_password');
      return await this.admission.admit({ ...account, passwordHash }, input.workspace, open, counted);
    } catch (failure) {
      if (failure instanceof Problem) await this.failures.record(input, account, failure);
      throw failure;
    }
  }
}
