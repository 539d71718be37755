import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../audit/audit-trail';
import { Keyring } from '../../../crypto/keyring';
import { Database } from '../../../database/database';
import { SecretsService } from '../../../secrets/secrets.service';
import type { Occasion } from '../factor-answer';
import { FactorChallenges } from '../factor-challenges.service';
import type { Factor } from '../factor.entity';
import { InvalidCode } from '../invalid-code';

const PURPOSE = 'phone_number';
const DIGITS = 6;
/** ASVS 5.0, 6.5.5 allows ten. */
export const CODE_SECONDS = 5 * 60;

/** Phones of members of the workspace in flight, and the codes that were sent to them. */
@Injectable()
export class SmsFactors {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretsService,
    private readonly keyring: Keyring,
    private readonly challenges: FactorChallenges,
    private readonly trail: AuditTrail,
  ) {}

  /** Keeps a number among the secrets; answers the id it is kept under. */
  keepNumber(number: string): Promise<string> {
    return this.secrets.store(PURPOSE, number);
  }

  async numberOf({ secretId }: Pick<Factor, 'secretId'>): Promise<string> {
    return (await this.secrets.reveal(secretId!, PURPOSE)).reveal();
  }

  /** A new code for this occasion, to be sent; the one before is dead. */
  async makeCode(memberId: string, factorId: string, occasion: Occasion): Promise<string> {
    const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0');
    await this.challenges.withdraw(factorId, occasion);
    await this.challenges.issue(factorId, occasion, this.hash(factorId, occasion, code), CODE_SECONDS);
    this.trail.record({
      type: 'auth.factor_code_sent',
      target: { type: 'factor', id: factorId },
      data: { memberId, purpose: occasion.purpose },
    });
    return code;
  }

  /** Takes a code once. Throws 401 `invalid_code`. */
  async use(factorId: string, code: string, occasion: Occasion): Promise<void> {
    const typed = code.replaceAll(/\s/g, '');
    if (!(await this.challenges.take(factorId, occasion, this.hash(factorId, occasion, typed))))
      throw new InvalidCode('wrong_code');
    await this.database.query('update factors set last_used_at = now() where id = $1', [factorId]);
  }

  /** Keyed: a million codes are tried in no time by whoever reads the table alone. */
  private hash(factorId: string, { purpose, id }: Occasion, code: string): Buffer {
    return Buffer.from(this.keyring.mac(`${factorId}|${purpose}|${id}|${code}`, 'sms-code'), 'base64url');
  }
}
