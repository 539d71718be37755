import { Injectable } from '@nestjs/common';
import { towards } from '../browser/destination';
import { SignInCompletion, type SignInOutcome } from '../browser/sign-in-completion.service';
import { DiscoveryService } from '../discovery/discovery.service';
import type { SecondFactorAskedDto } from '../mfa/second-factor-asked.dto';
import { PasskeyLogin } from '../passkeys/passkey-login.service';
import type { LoginDto } from '../password/login.dto';
import { PasswordLoginService } from '../password/password-login.service';
import { OwnOrigin } from './own-origin';

/** Signing in on a page of ours: ends where it was for, in the console or in an application. */
@Injectable()
export class PageSignIn {
  constructor(
    private readonly ownOrigin: OwnOrigin,
    private readonly discovery: DiscoveryService,
    private readonly passwords: PasswordLoginService,
    private readonly passkeys: PasskeyLogin,
    private readonly completion: SignInCompletion,
  ) {}

  /** Where people with this address sign in through their company; undefined when they use a password. */
  async providerOf(email: string, destination?: string): Promise<string | undefined> {
    const found = await this.discovery.discover(email);
    if (found.method === 'password') return undefined;
    const url = new URL(found.loginUrl);
    url.searchParams.set('loginHint', email);
    return towards(url.href, destination);
  }

  /**
   * Answers where the browser goes, or asks for the second factor. Throws what a login over the API throws, and 403
   * `foreign_origin` for a form on somebody else's page: it could sign people in to an account that is not theirs.
   */
  byPassword(
    input: LoginDto,
    origin: string | undefined,
    destination: string | undefined,
  ): Promise<SignInOutcome | SecondFactorAskedDto> {
    this.ownOrigin.require(origin);
    return this.passwords.login(input, (grant) => this.completion.leave(grant, { destination }));
  }

  /** As byPassword(), with a passkey and nothing else. Throws what PasskeyLogin throws. */
  byPasskey(
    credential: unknown,
    origin: string | undefined,
    destination: string | undefined,
  ): Promise<SignInOutcome> {
    this.ownOrigin.require(origin);
    return this.passkeys.login({ credential }, (grant) => this.completion.leave(grant, { destination }));
  }
}
