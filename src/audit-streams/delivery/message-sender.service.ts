import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { OutboundClient } from '../../outbound/outbound.client';
import { OutboundFailed, OutboundRefused } from '../../outbound/outbound.errors';
import { webhookBody } from '../formats/event-line';
import { syslogFrame } from '../formats/syslog-line';
import { signatureHeaders } from '../formats/webhook-signature';
import type { Message } from './message';
import { type Outcome, outcomeOf } from './outcome';

/** Within the lease of a turn: nobody else sends while this waits. */
const TIMEOUT_MS = 15_000;

/** Sends a message where its stream leads, through the one client that knows which addresses are allowed. */
@Injectable()
export class MessageSender {
  private readonly hostname: string;

  constructor(
    private readonly outbound: OutboundClient,
    { publicUrl }: Config,
  ) {
    this.hostname = new URL(publicUrl).hostname;
  }

  /** Outside of a transaction. Never throws for what the receiver does. */
  async send(message: Message, now = new Date()): Promise<Outcome> {
    try {
      return message.stream.type === 'webhook' ? await this.post(message, now) : await this.log(message);
    } catch (failure) {
      if (failure instanceof OutboundRefused) return { kind: 'refused', error: failure.message };
      if (failure instanceof OutboundFailed) return { kind: 'unreachable', error: failure.message };
      throw failure;
    }
  }

  private async post({ stream, secret, id, lines }: Message, now: Date): Promise<Outcome> {
    const { body, contentType } = webhookBody(lines, stream);
    const stillPrevious = stream.previousSecretUntil !== null && stream.previousSecretUntil > now;
    const keys = [secret.signing, stillPrevious ? secret.previous : undefined];
    const { status, headers } = await this.outbound.request({
      url: stream.url!,
      method: 'POST',
      headers: {
        'content-type': contentType,
        'gatehouse-stream': stream.id,
        ...signatureHeaders(
          { id, body },
          keys.filter((key) => key !== undefined),
          now,
        ),
        ...(secret.authorization !== undefined && { authorization: secret.authorization }),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      statusOnly: true,
    });
    return outcomeOf(status, headers);
  }

  /**
   * A connection of its own for each message: syslog knows no answer, but that the receiver has read everything and
   * closed in order is one.
   */
  private async log({ stream, secret, entries, lines }: Message): Promise<Outcome> {
    const frames = entries.map(({ event }, index) => syslogFrame(event, lines[index]!, this.hostname));
    await this.outbound.deliver({
      host: stream.host!,
      port: stream.port!,
      content: Buffer.concat(frames),
      tls: stream.plaintext
        ? undefined
        : { ca: stream.ca ?? undefined, cert: stream.clientCertificate ?? undefined, key: secret.clientKey },
      timeoutMs: TIMEOUT_MS,
    });
    return { kind: 'delivered' };
  }
}
