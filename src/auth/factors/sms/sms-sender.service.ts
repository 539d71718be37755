import { Injectable } from '@nestjs/common';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../../config/durations';
import { Database } from '../../../database/database';
import { networkOf } from '../../../http/network-of';
import { Conflict, NotFound } from '../../../http/problems';
import { requestContext } from '../../../http/request-context';
import { type SmsDelivery, SmsService } from '../../../mail/sms.service';
import type { Occasion } from '../factor-answer';
import type { Enrolment } from '../enrolment';
import { FactorThrottle, type Limit } from '../factor-throttle.service';
import { FactorsService } from '../factors.service';
import { maskedNumber } from './phone-number';
import { CODE_SECONDS, SmsFactors } from './sms-factors.service';

/** Where a code went. */
export interface SentCode {
  /** Masked. */
  readonly phone: string;
  readonly delivery: SmsDelivery;
  readonly expiresAt: Date;
}

/**
 * Text messages cost money and reach people who never asked for them, so who can make us send some is counted before
 * each: for one occasion, one number over all workspaces, one member, one network, one workspace.
 */
const limitsOf = (number: string, memberId: string, workspaceId: string, occasion: Occasion): Limit[] => [
  { key: `sms|again|${occasion.purpose}|${occasion.id}`, most: 1, seconds: MINUTE_SECONDS / 2 },
  { key: `sms|number|${number}`, most: 5, seconds: HOUR_SECONDS },
  { key: `sms|member|${memberId}`, most: 10, seconds: DAY_SECONDS },
  { key: `sms|address|${networkOf(requestContext.current()?.ip ?? '')}`, most: 30, seconds: HOUR_SECONDS },
  { key: `sms|workspace|${workspaceId}`, most: 500, seconds: DAY_SECONDS },
];

/** Sends codes to phones. Opens its own transactions: nobody waits for a text message with a connection in hand. */
@Injectable()
export class SmsSender {
  constructor(
    private readonly database: Database,
    private readonly factors: FactorsService,
    private readonly phones: SmsFactors,
    private readonly throttle: FactorThrottle,
    private readonly sms: SmsService,
  ) {}

  /**
   * Sends a new code to the phone of this factor. For its enrolment it must still be pending, for any other occasion
   * usable. Throws NotFound, for an enrolment 409 `factor_confirmed` and `factor_not_allowed`, 409 `factor_takes_no_messages`, 429 `rate_limited`, 503 `sms_not_sent`.
   */
  async send(workspaceId: string, memberId: string, factorId: string, occasion: Occasion): Promise<SentCode> {
    const { number, workspace } = await this.database.inWorkspace(workspaceId, async () => ({
      number: await this.numberOf(memberId, factorId, occasion),
      workspace: await this.workspaceName(),
    }));
    await this.throttle.count(limitsOf(number, memberId, workspaceId, occasion), 'too_many_messages');
    const code = await this.database.inWorkspace(workspaceId, () =>
      this.phones.makeCode(memberId, factorId, occasion),
    );
    const expiresAt = new Date(Date.now() + CODE_SECONDS * 1000);
    await this.sms.send(number, `${code} is your code for ${workspace}. Give it to nobody.`);
    return { phone: maskedNumber(number), delivery: this.sms.delivery, expiresAt };
  }

  /** As send(), where what was begun to be set up is a phone; anything else is left as it is. */
  async sendFirst(
    workspaceId: string,
    memberId: string,
    enrolment: Enrolment,
  ): Promise<Enrolment & Partial<SentCode>> {
    if (enrolment.type !== 'sms') return enrolment;
    const { id } = enrolment;
    return { ...enrolment, ...(await this.send(workspaceId, memberId, id, { purpose: 'enrolment', id })) };
  }

  private async numberOf(memberId: string, factorId: string, { purpose }: Occasion): Promise<string> {
    const factor =
      purpose === 'enrolment'
        ? await this.factors.getPending(memberId, factorId)
        : (await this.factors.listUsable(memberId)).find(({ id }) => id === factorId);
    if (!factor) throw new NotFound('Factor');
    if (factor.type !== 'sms')
      throw new Conflict('factor_takes_no_messages', 'No text messages are sent for this factor.');
    return this.phones.numberOf(factor);
  }

  private async workspaceName(): Promise<string> {
    const [workspace] = await this.database.query<{ name: string }>(
      'select name from workspaces where id = $1',
      [this.database.workspaceId],
    );
    return workspace!.name.slice(0, 60);
  }
}
