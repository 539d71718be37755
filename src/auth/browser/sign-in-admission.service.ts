import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { IdentitiesService } from '../identities/identities.service';
import { AttemptRecorder } from './attempt-recorder.service';
import type { FederatedLogin, SigningConnection } from './federated-login';
import { loginAttemptOf } from './federated-login';
import { SignInCompletion, type SignInOutcome } from './sign-in-completion.service';
import type { SignInRequest } from './sign-in-requests.service';
import type { Spoken } from './spoken';

/** Lets somebody in whom an identity provider vouches for. */
@Injectable()
export class SignInAdmission {
  constructor(
    private readonly database: Database,
    private readonly identities: IdentitiesService,
    private readonly completion: SignInCompletion,
    private readonly recorder: AttemptRecorder,
  ) {}

  /**
   * Finds or makes the member, asks the workspace's policy, and answers where the browser goes. Throws the refusals
   * of IdentitiesService and LoginPolicyService, which leave nothing behind, and the conflict of an address that is
   * somebody else's, which waits to be resolved.
   */
  async admit(
    connection: SigningConnection,
    request: SignInRequest,
    login: FederatedLogin,
    spoken: Spoken,
  ): Promise<SignInOutcome> {
    const outcome = await this.database.inWorkspace(connection.workspaceId, async () => {
      const resolved = await this.identities.resolve(connection, login, request);
      if (resolved instanceof Problem) return resolved;
      const { member, jit } = resolved;
      await this.recorder.passed(connection, request, spoken, {
        ...{ memberId: member.id, userId: member.userId, email: member.email, jit, amr: login.amr ?? [] },
      });
      return this.completion.complete(loginAttemptOf(connection, login, resolved), request);
    });
    if (outcome instanceof Problem) throw outcome;
    return outcome;
  }
}
