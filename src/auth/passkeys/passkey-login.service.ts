import { Injectable } from '@nestjs/common';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { InvalidPasskey } from '../factors/invalid-code';
import { readAssertion } from '../factors/webauthn/authenticator-response';
import { RelyingParty } from '../factors/webauthn/relying-party';
import { workspaceOfHandle } from '../factors/webauthn/webauthn-factors.service';
import type { LoginGrant } from '../sessions/login-grant';
import { PasskeyAdmission } from './passkey-admission.service';
import { PasskeyChallenges } from './passkey-challenges.service';

/** Signing in with a passkey and nothing else. Opens its own transactions. */
@Injectable()
export class PasskeyLogin {
  constructor(
    private readonly database: Database,
    private readonly party: RelyingParty,
    private readonly challenges: PasskeyChallenges,
    private readonly admission: PasskeyAdmission,
  ) {}

  /** What the browser needs to let the person pick a passkey: the same for everybody, whoever has one. */
  async options(): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const options = await this.party.requestOptions([], 'required');
    await this.challenges.keep(options.challenge);
    return options;
  }

  /**
   * Lets the owner of the passkey in, into the workspace that it was made for. Throws 401 `invalid_passkey`, whatever
   * is wrong, and what LoginPolicyService throws.
   */
  async login<Opened>(
    { credential, workspace }: { credential: unknown; workspace?: string | undefined },
    open: (grant: LoginGrant) => Promise<Opened>,
  ): Promise<Opened> {
    const { userHandle } = readAssertion(credential).response;
    const handle = Buffer.from(userHandle ?? '', 'base64url');
    const workspaceId = workspaceOfHandle(handle);
    if (!workspaceId) throw new InvalidPasskey('unknown_passkey');
    const presented = { credential, handle };
    try {
      return await this.database.inWorkspace(workspaceId, () =>
        this.admission.admit(presented, workspace, open),
      );
    } catch (failure) {
      if (failure instanceof Problem) {
        await this.database.inWorkspace(workspaceId, () => this.admission.recordFailure(presented, failure));
      }
      throw failure;
    }
  }
}
