import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config, ConfigError } from '../../../config/config';
import { BadRequest } from '../../../http/problems';
import { BreachedFile } from './breached-file';
import { commonPasswords } from './common-passwords';
import { lengthOf } from './folded';
import { isCommon, restsOnContext } from './guessable';

export const LEAST_ALONE = 15;
/** Beside a second factor. */
export const LEAST_WITH_FACTOR = 8;
export const LONGEST = 256;

const PRODUCT = 'Gatehouse';

/** For whom a password is chosen. */
export interface PasswordOwner {
  readonly email: string;
  /** Names and slugs of the workspaces they are in. */
  readonly workspaces: readonly string[];
  /** Whether the account has a second factor, or must set one up before it can be used. */
  readonly hasFactor: boolean;
}

/** 400 with one of the codes `password_…`: the choice is not good enough, and why. */
export class PasswordRefused extends BadRequest {
  constructor(code: `password_${string}`, why: string, field: string) {
    super(code, why, [{ field, message: why }]);
  }
}

/**
 * What a password must be like to be chosen (NIST SP 800-63B-4, ASVS 6.2): long, and none that is guessed first.
 * Whatever characters it is made of; and it does not wear out.
 */
@Injectable()
export class PasswordRules implements OnModuleInit, OnApplicationShutdown {
  private breached: BreachedFile | undefined;

  constructor(private readonly config: Config) {}

  async onModuleInit(): Promise<void> {
    const path = this.config.breachedPasswordsFile;
    if (path === undefined) return;
    this.breached = await BreachedFile.open(path).catch((failure: Error) => {
      throw new ConfigError(`BREACHED_PASSWORDS_FILE cannot be used: ${failure.message}`);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.breached?.close();
  }

  /**
   * Throws PasswordRefused: 400 `password_too_short`, `password_too_long`, `password_breached`,
   * `password_contains_context`. Answers whether the password is so short that it needs a second factor beside it.
   */
  async check(password: string, owner: PasswordOwner, field = 'password'): Promise<{ needsFactor: boolean }> {
    const length = lengthOf(password);
    const least = owner.hasFactor ? LEAST_WITH_FACTOR : LEAST_ALONE;
    if (length < least) {
      const why = `Use ${least} characters or more; several words make a good password.`;
      throw new PasswordRefused('password_too_short', why, field);
    }
    if (length > LONGEST) {
      throw new PasswordRefused('password_too_long', `Use ${LONGEST} characters at most.`, field);
    }
    if (await this.isBreached(password)) {
      const why =
        'This password, or what it is made of, is on the lists that are tried first. Choose another one.';
      throw new PasswordRefused('password_breached', why, field);
    }
    const [local = '', domain = ''] = owner.email.split('@');
    if (restsOnContext(password, [PRODUCT, local, domain, ...owner.workspaces])) {
      const why =
        'This password is easy to guess from your address, the workspace or this service. Choose another one.';
      throw new PasswordRefused('password_contains_context', why, field);
    }
    return { needsFactor: length < LEAST_ALONE };
  }

  private async isBreached(password: string): Promise<boolean> {
    const list = commonPasswords();
    if (isCommon(password, (folded) => list.has(folded))) return true;
    return ((await this.breached?.countOf(password)) ?? 0) > 0;
  }
}
