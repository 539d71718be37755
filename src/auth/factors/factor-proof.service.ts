import { Injectable } from '@nestjs/common';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { Conflict, NotFound } from '../../http/problems';
import type { FactorAnswer, Occasion, ProvenFactor } from './factor-answer';
import type { FactorOwner } from './factor-owner';
import type { Factor } from './factor.entity';
import { FactorsService } from './factors.service';
import { InvalidCode, InvalidPasskey } from './invalid-code';
import { RecoveryCodes } from './recovery-codes.service';
import { SmsFactors } from './sms/sms-factors.service';
import { TotpFactors } from './totp-factors.service';
import { WebauthnFactors } from './webauthn/webauthn-factors.service';

/** The one place where an answer to a second factor is judged, whatever the factor and whoever asks. */
@Injectable()
export class FactorProof {
  constructor(
    private readonly factors: FactorsService,
    private readonly totp: TotpFactors,
    private readonly webauthn: WebauthnFactors,
    private readonly phones: SmsFactors,
    private readonly recoveryCodes: RecoveryCodes,
  ) {}

  /**
   * Takes an answer for one of the member's factors and uses it up: of many who show the same one at once, on whatever
   * instance, one succeeds. Guesses are to be counted before (FactorThrottle). Throws 401 `invalid_code` or
   * `invalid_passkey`, whatever is wrong.
   */
  async use(owner: FactorOwner, id: string, answer: FactorAnswer, occasion: Occasion): Promise<ProvenFactor> {
    const factor = await this.findUsable(owner.memberId, id);
    if (!factor) throw new InvalidCode('unknown_factor');
    return { type: factor.type, amr: await this.judge(owner, factor, answer, occasion) };
  }

  /**
   * What the browser needs to answer with a passkey or security key. Throws NotFound, 409 `factor_takes_codes` for a
   * factor of another type.
   */
  async requestOptions(
    memberId: string,
    id: string,
    occasion: Occasion,
  ): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const factor = await this.findUsable(memberId, id);
    if (!factor) throw new NotFound('Factor');
    if (factor.type !== 'webauthn')
      throw new Conflict(
        'factor_takes_codes',
        'This factor is answered with a code, not by an authenticator.',
      );
    return this.webauthn.requestOptions(id, occasion);
  }

  private async findUsable(memberId: string, id: string): Promise<Factor | undefined> {
    return (await this.factors.listUsable(memberId)).find((factor) => factor.id === id);
  }

  private async judge(
    owner: FactorOwner,
    factor: Factor,
    answer: FactorAnswer,
    occasion: Occasion,
  ): Promise<string[]> {
    if (factor.type === 'webauthn') {
      if (!('credential' in answer)) throw new InvalidPasskey('a_code');
      return this.webauthn.use(owner, factor.id, answer.credential, occasion);
    }
    if (!('code' in answer)) throw new InvalidCode('not_a_code');
    if (factor.type === 'sms') {
      await this.phones.use(factor.id, answer.code, occasion);
      return ['sms'];
    }
    if (factor.type === 'recovery') await this.recoveryCodes.use(owner, factor.id, answer.code);
    else await this.totp.use(factor, answer.code);
    return ['otp'];
  }
}
