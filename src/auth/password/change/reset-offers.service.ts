import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../audit/audit-trail';
import { MembersService } from '../../../members/members.service';
import { LoginPolicyService } from '../../sessions/login-policy.service';
import { LINK_MINUTES, ResetLinks } from './reset-links.service';

/** A link that is to be mailed. */
export interface LinkOffer {
  readonly kind: 'link';
  readonly email: string;
  readonly workspaceName: string;
  readonly token: string;
}

/** What can be offered to somebody in one workspace. */
export type Offer =
  LinkOffer | { readonly kind: 'federated'; readonly workspaceName: string } | { readonly kind: 'nothing' };

/** Makes links for people who may use a password. */
@Injectable()
export class ResetOffers {
  constructor(
    private readonly members: MembersService,
    private readonly policy: LoginPolicyService,
    private readonly links: ResetLinks,
    private readonly trail: AuditTrail,
  ) {}

  /** In the transaction of a workspace. `email` is the proved address of the user. */
  async offer(userId: string, email: string): Promise<Offer> {
    const member = await this.members.findLiveByUser(userId);
    if (!member) return { kind: 'nothing' };
    const workspaceName = await this.links.workspaceName();
    const { allowed } = await this.policy.passwordStanding(member);
    if (!allowed) return { kind: 'federated', workspaceName };
    const token = await this.links.issue(member.id);
    this.trail.record({
      type: 'auth.password_reset_requested',
      target: { type: 'member', id: member.id },
      data: { email, minutes: LINK_MINUTES },
    });
    return { kind: 'link', email, workspaceName, token };
  }
}
