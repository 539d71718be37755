import { Injectable } from '@nestjs/common';
import type { Problem } from '../../http/problems';
import { MembersService } from '../../members/members.service';
import { InvalidPasskey } from '../factors/invalid-code';
import { clientDataOf, readAssertion } from '../factors/webauthn/authenticator-response';
import { WebauthnFactors } from '../factors/webauthn/webauthn-factors.service';
import type { LoginGrant } from '../sessions/login-grant';
import { LoginPolicyService } from '../sessions/login-policy.service';
import { PasskeyChallenges } from './passkey-challenges.service';
import { type PasskeyHolder, PasskeyRecord } from './passkey-record.service';

/** What a passkey that the person picked says about whose it is. */
export interface PresentedPasskey {
  readonly credential: unknown;
  readonly handle: Buffer;
}

/** The part of a sign-in with a passkey alone that happens in the workspace of its owner, in its transaction. */
@Injectable()
export class PasskeyAdmission {
  constructor(
    private readonly challenges: PasskeyChallenges,
    private readonly webauthn: WebauthnFactors,
    private readonly members: MembersService,
    private readonly policy: LoginPolicyService,
    private readonly record: PasskeyRecord,
  ) {}

  /**
   * Takes the challenge, the answer and the policy's word, and opens what `open` makes; or none of it. Throws 401
   * `invalid_passkey` and what LoginPolicyService throws.
   */
  async admit<Opened>(
    { credential, handle }: PresentedPasskey,
    slug: string | undefined,
    open: (grant: LoginGrant) => Promise<Opened>,
  ): Promise<Opened> {
    const answer = readAssertion(credential);
    const holder = await this.holderOf(handle, answer.id);
    if (!holder) throw new InvalidPasskey('unknown_passkey');
    await this.record.refuseElsewhere(slug);
    if (!(await this.challenges.take(clientDataOf(answer).challenge)))
      throw new InvalidPasskey('unknown_challenge');
    const amr = await this.webauthn.useAlone(holder, holder.factorId, credential);
    const grant = await this.policy.grant({
      memberId: holder.memberId,
      method: 'passkey',
      // The authenticator made sure who the person is, and is itself what they hold: two factors in one.
      amr: [...amr, 'mfa'],
      evidence: 'own',
      authenticatedAt: new Date(),
    });
    await this.record.noteUse(grant);
    return open(grant);
  }

  /** On record with whoever's passkey it was; of an unknown one there is nobody to tell of. */
  async recordFailure({ credential, handle }: PresentedPasskey, problem: Problem): Promise<void> {
    const holder = await this.holderOf(handle, readAssertion(credential).id);
    if (holder) await this.record.failure(holder, problem);
  }

  private async holderOf(handle: Buffer, credentialId: string): Promise<PasskeyHolder | undefined> {
    const owned = await this.webauthn.findOwned(handle, credentialId);
    const member = owned && (await this.members.holdLive(owned.memberId));
    return (
      member && { id: member.userId, memberId: member.id, email: member.email, factorId: owned.factorId }
    );
  }
}
