import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { SecondFactorRequest } from '../mfa/second-factor-request.service';
import { choicePage, secondFactorPage } from '../pages/second-factor-pages';
import type { LoginAttempt } from '../sessions/login-grant';
import type { Policy } from '../../workspaces/workspace-policy.service';
import type { Held } from '../sessions/login-policy.service';
import { SecondFactorNeeded } from '../sessions/second-factor-needed';
import { releaseBrowser } from './browser-binding';
import type { NextStep } from './redirect';
import { SignInCompletion } from './sign-in-completion.service';
import type { SignInRequest } from './sign-in-requests.service';

/** What follows once an identity provider vouched for somebody: they are in, or a factor of ours is asked for. */
@Injectable()
export class SignInContinuation {
  constructor(
    private readonly config: Config,
    private readonly completion: SignInCompletion,
    private readonly secondFactor: SecondFactorRequest,
  ) {}

  /** In the transaction of the workspace. Throws what LoginPolicyService throws. */
  async proceed(
    attempt: LoginAttempt,
    request: SignInRequest,
    member: Held,
    policy: Policy,
  ): Promise<NextStep> {
    try {
      return await this.completion.complete(attempt, request, member, policy);
    } catch (failure) {
      if (!(failure instanceof SecondFactorNeeded)) throw failure;
      return this.askOnPage(failure, attempt, request, member);
    }
  }

  private async askOnPage(
    needed: SecondFactorNeeded,
    attempt: LoginAttempt,
    request: SignInRequest,
    { id: memberId, userId, email }: Held,
  ): Promise<NextStep> {
    const owner = { id: userId, memberId, email };
    const asked = await this.secondFactor.ask(owner, needed, attempt, request);
    const begun = { ...asked, destination: request.destination };
    return {
      page: asked.enrollmentRequired ? choicePage(begun) : secondFactorPage(begun),
      setCookies: [releaseBrowser(request.id, this.config.secureOrigin)],
    };
  }
}
