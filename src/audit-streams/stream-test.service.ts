import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../access/principal';
import { AuditTrail } from '../audit/audit-trail';
import type { SealedEntry } from '../audit/seals/sealed-entries.service';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { AuditStreamsService } from './audit-streams.service';
import type { AuditStream } from './audit-stream.entity';
import { messageOf } from './delivery/message';
import { MessageSender } from './delivery/message-sender.service';
import type { Outcome } from './delivery/outcome';
import { StreamSecrets } from './stream-secrets.service';

/** Sends an event that says it is a test, whether the stream is paused or not. */
@Injectable()
export class StreamTest {
  constructor(
    private readonly database: Database,
    private readonly streams: AuditStreamsService,
    private readonly secrets: StreamSecrets,
    private readonly sender: MessageSender,
    private readonly trail: AuditTrail,
  ) {}

  /** Waits for the receiver: outside of a transaction. Throws NotFound. */
  async send(caller: UserPrincipal, id: string): Promise<Outcome> {
    const { workspaceId } = caller;
    const message = await this.database.inWorkspace(workspaceId, async () => {
      const stream = await this.streams.get(id);
      return messageOf(stream, await this.secrets.open(stream), [testEntry(stream, caller)]);
    });
    const outcome = await this.sender.send(message);
    await this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'audit_stream.tested',
        target: { type: 'audit_stream', id },
        data: { name: message.stream.name, outcome: outcome.kind },
      });
    });
    return outcome;
  }
}

function testEntry({ id, workspaceId, name }: AuditStream, caller: UserPrincipal): SealedEntry {
  return {
    ...{ seal: 0, position: 0, erased: false },
    event: {
      id: uuidV7(),
      time: new Date().toISOString(),
      type: 'audit_stream.tested',
      risk: 'low',
      actor: { type: 'user', id: caller.id, email: caller.email },
      target: { type: 'audit_stream', id },
      workspaceId,
      ip: null,
      userAgent: null,
      requestId: null,
      data: { name, test: true },
    },
  };
}
