import { Injectable } from '@nestjs/common';
import { ValidationFailed } from '../../http/problems';
import type { FactorAnswer } from './factor-answer';
import type { Enrolment, WantedFactor } from './enrolment';
import type { FactorOwner } from './factor-owner';
import type { Factor } from './factor.entity';
import { FactorsService } from './factors.service';
import { InvalidCode, InvalidPasskey } from './invalid-code';
import { maskedNumber, readPhoneNumber } from './sms/phone-number';
import { SmsFactors } from './sms/sms-factors.service';
import { TotpFactors } from './totp-factors.service';
import { WebauthnFactors } from './webauthn/webauthn-factors.service';

/** What each type of factor needs to be set up, and how it is shown to work. */
@Injectable()
export class FactorSetUp {
  constructor(
    private readonly factors: FactorsService,
    private readonly totp: TotpFactors,
    private readonly webauthn: WebauthnFactors,
    private readonly phones: SmsFactors,
  ) {}

  /** A factor that is still to be confirmed, and what the person needs for that. Throws 400 `validation_failed`. */
  async begin(owner: FactorOwner, { type, name, phone }: WantedFactor): Promise<Enrolment> {
    const given = { memberId: owner.memberId, type, name };
    if (type === 'webauthn') {
      const id = await this.factors.add(given);
      return { id, type, options: await this.webauthn.creationOptions(owner, id) };
    }
    if (type === 'totp') {
      const { secretId, ...shown } = await this.totp.make(owner.email);
      return { id: await this.factors.add({ ...given, secretId }), type, ...shown };
    }
    const number = readPhoneNumber(phone ?? '');
    if (!number) throw notANumber();
    const masked = maskedNumber(number);
    const secretId = await this.phones.keepNumber(number);
    return { id: await this.factors.add({ ...given, secretId, phoneHint: masked }), type, phone: masked };
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
    if (factor.type === 'totp') await this.totp.useFirst(factor, answer.code);
    else await this.phones.use(factor.id, answer.code, { purpose: 'enrolment', id: factor.id });
    return [factor.type === 'totp' ? 'otp' : 'sms'];
  }
}

const notANumber = (): ValidationFailed =>
  new ValidationFailed([
    { field: 'phone', message: 'Must be a phone number with its country code, such as +49 151 12345678.' },
  ]);
