import { Injectable } from '@nestjs/common';
import { PasswordHasher } from '../hashing/password-hasher';
import { type PasswordOwner, PasswordRules } from './password-rules.service';

/** A password as it is stored. */
export interface NewPassword {
  readonly hash: string;
  /** It is short: wherever it is used, a second factor is asked for. */
  readonly needsFactor: boolean;
}

/** The one way from what somebody typed to what is stored, for whoever chooses a password. */
@Injectable()
export class NewPasswords {
  constructor(
    private readonly rules: PasswordRules,
    private readonly hasher: PasswordHasher,
  ) {}

  /** Throws PasswordRefused, and 503 `busy`. */
  async make(password: string, owner: PasswordOwner, field?: string): Promise<NewPassword> {
    const { needsFactor } = await this.rules.check(password, owner, field);
    return { hash: await this.hasher.hash(password), needsFactor };
  }
}
