import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config';
import { Problem } from '../http/problems';
import { OutboundClient } from '../outbound/outbound.client';
import { Outbox } from './outbox';

/** By the operator's webhook, or into a file, where there is none. */
export type SmsDelivery = 'webhook' | 'outbox';

/** Sends text messages: a POST of `{to, text}` to SMS_WEBHOOK_URL where it is set, else into DATA_DIR/outbox. */
@Injectable()
export class SmsService {
  readonly delivery: SmsDelivery;
  private readonly log = new Logger('Sms');
  private readonly outbox: Outbox;

  constructor(
    private readonly config: Config,
    private readonly outbound: OutboundClient,
  ) {
    this.delivery = config.smsWebhookUrl ? 'webhook' : 'outbox';
    this.outbox = new Outbox(join(config.dataDir, 'outbox'));
  }

  /**
   * Never inside a transaction. Throws 503 `sms_not_sent` when nobody took it; a failure is logged without number and
   * text.
   */
  async send(to: string, text: string): Promise<void> {
    try {
      await (this.config.smsWebhookUrl
        ? this.post(this.config.smsWebhookUrl, to, text)
        : this.write(to, text));
    } catch (failure) {
      this.log.error(`A text message was not taken: ${(failure as Error).message.slice(0, 200)}`);
      throw new Problem(503, 'sms_not_sent', 'The text message could not be sent. Try again in a moment.', {
        headers: { 'retry-after': '30' },
      });
    }
  }

  /** Deletes the messages to this number that lie in the outbox, also from before there was a webhook. */
  forget(to: string): Promise<void> {
    return this.outbox.forget([to]);
  }

  private async post(url: string, to: string, text: string): Promise<void> {
    const { status } = await this.outbound.request({
      ...{ url, method: 'POST', maxBytes: 65_536, statusOnly: true },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ to, text }),
    });
    if (status < 200 || status > 299) throw new Error(`the webhook answered ${status}`);
  }

  private async write(to: string, text: string): Promise<void> {
    const sentAt = new Date().toISOString();
    const name = `${sentAt.replaceAll(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}-sms.json`;
    await this.outbox.put(name, { to, text, sentAt });
  }
}
