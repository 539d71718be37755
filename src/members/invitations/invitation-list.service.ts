import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { readAs } from '../../http/validation.pipe';
import { InvitationDelivery } from './invitation-delivery.service';
import { CreateInvitationDto } from './invitations.dto';
import { type Inviter, InvitationsService } from './invitations.service';
import type { RowOutcome } from './row-outcome';

/** So that no transaction of a long list holds others up. */
const ROWS_PER_TRANSACTION = 25;

/** Inviting a list of people: each row as a call of its own would, in a few transactions. */
@Injectable()
export class InvitationList {
  constructor(
    private readonly database: Database,
    private readonly invitations: InvitationsService,
    private readonly delivery: InvitationDelivery,
  ) {}

  /**
   * Outside of a transaction. Sent again, the rows that were invited before are refused as `already_invited`, so a
   * list may be repeated after a failure.
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
      // Refusals come before anything was written; whatever else fails takes the piece back.
      if (!(thrown instanceof Problem)) throw thrown;
      const [first] = thrown.extra.errors ?? [];
      const detail = typeof first === 'object' ? `${first.field}: ${first.message}` : thrown.detail;
      return { index, email, id: null, refusal: { code: thrown.code, detail } };
    }
  }
}
