import { Injectable } from '@nestjs/common';
import { MemberSessions, type ShownSession } from '../../auth/sessions/member-sessions.service';
import { type AccessExplanation, AccessExplanations } from '../../members/grants/access-explanation.service';
import { type MemberFacts, MemberList } from '../../members/list/member-list.service';
import { MembersService } from '../../members/members.service';
import { Offboarding, type Receipt } from '../../members/offboarding/offboarding.service';

const MOST_SESSIONS = 50;

/** Everything of one member that admins decide by. */
export interface MemberOverview {
  readonly member: Awaited<ReturnType<MembersService['get']>>;
  readonly facts: MemberFacts | undefined;
  readonly access: AccessExplanation;
  /** The newest of those that live. */
  readonly sessions: readonly ShownSession[];
  readonly hasMoreSessions: boolean;
  /** What ended when they left; undefined while they are in. */
  readonly receipt: Receipt | undefined;
}

/** One member, as the API tells of them in several calls. */
@Injectable()
export class MemberOverviews {
  constructor(
    private readonly members: MembersService,
    private readonly rows: MemberList,
    private readonly explanations: AccessExplanations,
    private readonly sessions: MemberSessions,
    private readonly offboarding: Offboarding,
  ) {}

  /** Also of somebody who was removed. Throws NotFound. */
  async of(id: string): Promise<MemberOverview> {
    const member = await this.members.get(id);
    const facts = (await this.rows.factsOf([id])).get(id);
    const access = await this.explanations.explain(id);
    const found = await this.sessions.list(id, { limit: MOST_SESSIONS });
    return {
      ...{ member, facts, access },
      sessions: found.slice(0, MOST_SESSIONS),
      hasMoreSessions: found.length > MOST_SESSIONS,
      receipt: member.removedAt ? await this.offboarding.receiptOf(id) : undefined,
    };
  }
}
