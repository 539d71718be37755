import { Injectable } from '@nestjs/common';
import { type PlacedEntry, SealedEntries, type SealedPlace } from '../../audit/seals/sealed-entries.service';
import { Database } from '../../database/database';
import { AuditStream } from '../audit-stream.entity';
import { StreamSecrets } from '../stream-secrets.service';
import { endOf, type Message, messageOf } from './message';
import type { Outcome } from './outcome';
import { StreamProgress } from './stream-progress.service';
import { StreamTurns, type Turn } from './stream-turns.service';

/** Entries that are looked through at once for those a filter lets pass. */
const PAGE = 500;

/** What comes next in a turn. */
export type Next = { readonly message: Message } | 'again' | 'over';

/** Takes the next events of a stream, and notes what became of them. */
@Injectable()
export class StreamDelivery {
  constructor(
    private readonly database: Database,
    private readonly entries: SealedEntries,
    private readonly secrets: StreamSecrets,
    private readonly progress: StreamProgress,
    private readonly turns: StreamTurns,
  ) {}

  /**
   * The next message of the stream. `over`: there is none for now, or the turn is somebody else's. Outside of a
   * transaction.
   */
  next(turn: Turn): Promise<Next> {
    return this.database.inWorkspace(turn.workspaceId, async () => {
      const stream = await this.database.repository(AuditStream).findOneBy({ id: turn.streamId });
      if (!stream || stream.status !== 'active') return 'over';
      const page = await this.entries.after(placeOf(stream), PAGE, underWay(stream));
      if (page.length === 0) {
        await this.turns.rest(turn);
        return 'over';
      }
      const wanted = page.filter(({ stored }) => stream.wants(stored)).slice(0, stream.batchLimit);
      if (wanted.length === 0) {
        await this.progress.skipped(stream, page.at(-1)!);
        return 'again';
      }
      const message = await this.messageOf(stream, wanted);
      await this.progress.sending(stream, endOf(message));
      return (await this.turns.renew(turn)) ? { message } : 'over';
    });
  }

  /** Whether the turn goes on. Outside of a transaction. */
  settle(turn: Turn, message: Message, outcome: Outcome, now: Date): Promise<boolean> {
    return this.database.inWorkspace(turn.workspaceId, async () => {
      if (outcome.kind !== 'delivered') await this.progress.failed(turn, message, outcome, now);
      else if (await this.progress.delivered(message)) return true;
      else await this.turns.later(turn, 0);
      return false;
    });
  }

  /** No message could be made, or its end not be noted. Ends the turn as a failed message does. Outside of a transaction. */
  async broken(turn: Turn, now: Date): Promise<void> {
    const error = 'The service itself failed to send a message. Its log says why.';
    await this.database.inWorkspace(turn.workspaceId, () =>
      this.progress.failed(turn, { entries: [] }, { kind: 'unreachable', error }, now),
    );
  }

  /** The turn has lasted long enough: others are waiting. */
  async yield(turn: Turn): Promise<void> {
    await this.database.inWorkspace(turn.workspaceId, () => this.turns.later(turn, 0));
  }

  private async messageOf(stream: AuditStream, wanted: readonly PlacedEntry[]): Promise<Message> {
    const secret = await this.secrets.open(stream);
    return messageOf(stream, secret, await this.entries.open(wanted));
  }
}

const placeOf = ({ seal, position }: AuditStream): SealedPlace => ({ seal: Number(seal), position });

/** Where the message ended that may have arrived although nobody heard so. */
function underWay({ sendingSeal, sendingPosition }: AuditStream): SealedPlace | undefined {
  return sendingSeal === null ? undefined : { seal: Number(sendingSeal), position: sendingPosition! };
}
