import { Injectable } from '@nestjs/common';
import { Unauthorized } from '../../http/problems';
import { LoginThrottle } from './login-throttle.service';
import { PasswordHasher } from './hashing/password-hasher';

/** An account that is known already, by its address and the hash of its password; null for one without. */
export interface KnownAccount {
  readonly email: string;
  readonly passwordHash: string | null | undefined;
}

/** Whether somebody knows the password of an account, guessed no more often than at a sign-in. */
@Injectable()
export class KnownPassword {
  constructor(
    private readonly throttle: LoginThrottle,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * Outside of a transaction. A wrong guess counts against the account; what it means and where it is recorded, the
   * caller knows. Throws 429 `rate_limited` (TooManyAttempts) instead of looking, 503 `busy`.
   */
  async isRight({ email, passwordHash }: KnownAccount, password: string): Promise<boolean> {
    try {
      await this.throttle.guard(email, async () => {
        if (!(await this.hasher.verify(passwordHash, password))) throw new WrongGuess();
      });
      return true;
    } catch (failure) {
      if (failure instanceof WrongGuess) return false;
      throw failure;
    }
  }
}

/** A 401, because that is what the throttle counts. */
class WrongGuess extends Unauthorized {
  override readonly name = 'WrongGuess';

  constructor() {
    super('invalid_credentials', 'The password is wrong.', 'wrong_password');
  }
}
