import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { readAs } from '../../http/validation.pipe';
import { InvitationDelivery } from './invitation-delivery.service';
import { CreateInvitationDto } from './invitations.dto';
import { type Inviter, InvitationsService } from './invitations.service';
import type { RowOutcome } from './row-outcome';

/** Keeps the transactions of a long list short. */
const ROWS_PER_TRANSACTION = 25;

/** Invites a list of people: each row like a call of its own, several rows per transaction. */
@Injectable()
export class InvitationList {
  constructor(
    private readonly database: Database,
    private readonly invitations: InvitationsService,
    private readonly delivery: InvitationDelivery,
  ) {}

  /**
   * Must be called outside of a transaction. A list may be sent again after a failure: rows that were invited already
   * are then refused as `already_invited`.
   */
  async invite(inviter: Inviter, rows: readonly object[]): Promise<RowOutcome[]> {
    const outcomes: RowOutcome[] = [];
    for (let at = 0; at < rows.length; at += ROWS_PER_TRANSACTION) {
      const piece = rows.slice(at, at + ROWS_PER_TRANSACTION);
      const done = await this.database.inWorkspace(inviter.workspaceId, async () => {
        const found: RowOutcome[] = [];
        for (const [offset, row] of piece.entries())
          found.push(await this.inviteOne(inviter, row, at + offset));
        return found;
      });
      outcomes.push(...done);
    }
    return outcomes;
  }

  private async inviteOne(inviter: Inviter, row: object, index: number): Promise<RowOutcome> {
    const given = (row as { email?: unknown }).email;
    const email = typeof given === 'string' ? given.slice(0, 254) : null;
    try {
      const offer = await readAs(CreateInvitationDto, row);
      const issued = await this.invitations.create(inviter, offer);
      this.delivery.send(inviter, issued);
      return { index, email: offer.email, id: issued.invitation.id, refusal: null };
    } catch (thrown) {
      // Problems are thrown before the row has written anything; any other error rolls the transaction back.
      if (!(thrown instanceof Problem)) throw thrown;
      const [first] = thrown.extra.errors ?? [];
      const detail = typeof first === 'object' ? `${first.field}: ${first.message}` : thrown.detail;
      return { index, email, id: null, refusal: { code: thrown.code, detail } };
    }
  }
}
