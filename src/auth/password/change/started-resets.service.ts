import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database';
import { Conflict } from '../../../http/problems';
import { MembersService } from '../../../members/members.service';
import { PasswordNotices } from './password-notices.service';
import { ResetOffers } from './reset-offers.service';

/** An admin starts the reset of somebody's password, and chooses nothing: the link goes to the person alone. */
@Injectable()
export class StartedResets {
  constructor(
    private readonly database: Database,
    private readonly members: MembersService,
    private readonly offers: ResetOffers,
    private readonly notices: PasswordNotices,
  ) {}

  /**
   * In the transaction of the caller; the mail leaves after COMMIT. Throws NotFound, 409 `member_removed`, 409
   * `password_unusable` for whoever signs in through an identity provider alone.
   */
  async start(memberId: string): Promise<void> {
    const member = await this.members.get(memberId);
    if (member.removedAt)
      throw new Conflict('member_removed', 'This member was removed: restore them first.');
    // The address that was proved, whatever a directory calls the member since.
    const [user] = await this.database.query<{ email: string }>(
      'select email from users where id = $1 and email_claimed',
      [member.userId],
    );
    const offer = user && (await this.offers.offer(member.userId, user.email));
    if (offer?.kind !== 'link') {
      throw new Conflict('password_unusable', 'This member signs in through the identity provider alone.');
    }
    this.database.afterCommit(async () =>
      this.notices.towards(offer.email, () => this.notices.sendLink(offer, { startedByAdmin: true })),
    );
  }
}
