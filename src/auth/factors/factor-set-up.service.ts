import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { FactorAnswer } from './factor-answer';
import type { Enrolment, WantedFactor } from './factor-enrolment.service';
import type { FactorOwner } from './factor-owner';
import type { Factor } from './factor.entity';
import { FactorsService } from './factors.service';
import { InvalidCode, InvalidPasskey } from './invalid-code';
import { toBase32 } from './protocol/base32';
import { otpauthUrl } from './protocol/totp';
import { TotpFactors } from './totp-factors.service';
import { TotpSeeds } from './totp-seeds.service';
import { WebauthnFactors } from './webauthn/webauthn-factors.service';

/** What each type of factor needs to be set up, and how it is shown to work. */
@Injectable()
export class FactorSetUp {
  constructor(
    private readonly database: Database,
    private readonly factors: FactorsService,
    private readonly seeds: TotpSeeds,
    private readonly totp: TotpFactors,
    private readonly webauthn: WebauthnFactors,
  ) {}

  /** A factor that is still to be confirmed, and what the person needs for that. */
  begin(owner: FactorOwner, { type, name }: WantedFactor): Promise<Enrolment> {
    const given = { memberId: owner.memberId, type, name };
    return type === 'webauthn' ? this.beginWebauthn(owner, given) : this.beginTotp(owner, given);
  }

  /**
   * Takes the first answer and says what it proves, in the words of RFC 8176. Throws 401 `invalid_code`,
   * `invalid_passkey`.
   */
  async prove(factor: Factor, answer: FactorAnswer): Promise<string[]> {
    if (factor.type === 'webauthn') {
      if (!('credential' in answer)) throw new InvalidPasskey('a_code');
      return this.webauthn.keep(factor.id, answer.credential);
    }
    if (!('code' in answer)) throw new InvalidCode('not_a_code');
    await this.totp.useFirst(factor, answer.code);
    return ['otp'];
  }

  private async beginTotp(
    owner: FactorOwner,
    given: Pick<Factor, 'memberId' | 'type' | 'name'>,
  ): Promise<Enrolment> {
    const { secretId, seed } = await this.seeds.make();
    const id = await this.factors.add({ ...given, secretId });
    const url = otpauthUrl(seed, { issuer: await this.workspaceName(), account: owner.email });
    return { id, type: 'totp', secret: toBase32(seed), otpauthUrl: url };
  }

  private async beginWebauthn(
    owner: FactorOwner,
    given: Pick<Factor, 'memberId' | 'type' | 'name'>,
  ): Promise<Enrolment> {
    const id = await this.factors.add(given);
    return { id, type: 'webauthn', options: await this.webauthn.creationOptions(owner, id) };
  }

  private async workspaceName(): Promise<string> {
    const [workspace] = await this.database.query<{ name: string }>(
      'select name from workspaces where id = $1',
      [this.database.workspaceId],
    );
    return workspace!.name;
  }
}
