import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { BadRequest } from '../http/problems';
import { OutboundClient } from '../outbound/outbound.client';
import { OutboundFailed, OutboundRefused } from '../outbound/outbound.errors';
import type { StreamType } from './audit-stream.entity';
import { AuditStreamsService } from './audit-streams.service';
import { changedReceiver, type Receiver, receiverOf, targetOf } from './receiver';
import type { ReceiverDto } from './receiver.dto';

/**
 * Refuses receivers that the service may not talk to, when somebody names one. Every message is checked again: what a
 * name leads to may change. Looks names up, so outside of a transaction.
 */
@Injectable()
export class ReceiverCheck {
  constructor(
    private readonly database: Database,
    private readonly streams: AuditStreamsService,
    private readonly outbound: OutboundClient,
  ) {}

  /** Throws 400 `address_not_allowed`, and `validation_failed` for what is no receiver. */
  ofNew(type: StreamType, input: ReceiverDto): Promise<void> {
    return this.check(receiverOf(type, input));
  }

  /** As ofNew, for a stream that is about to be changed. Throws NotFound. */
  async ofChange(workspaceId: string, id: string, input: ReceiverDto): Promise<void> {
    const stream = await this.database.inWorkspace(workspaceId, () => this.streams.get(id));
    await this.check(changedReceiver(stream.type, input, stream));
  }

  private async check(receiver: Receiver): Promise<void> {
    try {
      await this.outbound.check(targetOf(receiver));
    } catch (failure) {
      if (failure instanceof OutboundRefused) {
        throw new BadRequest(
          'address_not_allowed',
          'This address may not be reached from here: it has to be a public host, by https or TLS, on a usual port.',
        );
      }
      // A host that is not there yet may be later.
      if (!(failure instanceof OutboundFailed)) throw failure;
    }
  }
}
