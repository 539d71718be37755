import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import type { Member } from '../member.entity';
import { type MemberFacts, MemberList, type MemberSelection } from './member-list.service';

/** How many members one transaction reads. */
const PORTION = 500;

export interface ExportedMembers {
  readonly members: readonly Member[];
  readonly facts: ReadonlyMap<string, MemberFacts>;
}

/** Reads all members that a list would show, for a file. */
@Injectable()
export class MemberExport {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly list: MemberList,
  ) {}

  /**
   * Records the export and reads the first portion; the others are read, oldest members first, while the file is sent.
   * Whoever joins meanwhile comes last, and nobody is left out or listed twice. Runs outside a transaction. Throws 400
   * `invalid_filter`.
   */
  async begin(
    workspaceId: string,
    { filter, search }: Pick<MemberSelection, 'filter' | 'search'>,
    format: string,
  ): Promise<AsyncGenerator<ExportedMembers>> {
    const selection = { ...(filter !== undefined && { filter }), ...(search !== undefined && { search }) };
    const first = await this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'workspace.members_exported',
        target: { type: 'workspace', id: workspaceId },
        // Not the filter itself: names in it could not be found when their person is erased.
        data: { format, everybody: Object.keys(selection).length === 0 },
      });
      return this.portion(selection);
    });
    return this.write(workspaceId, selection, first);
  }

  private async *write(
    workspaceId: string,
    selection: Pick<MemberSelection, 'filter' | 'search'>,
    first: Portion,
  ): AsyncGenerator<ExportedMembers> {
    let portion = first;
    yield portion;
    while (portion.next !== null) {
      const cursor = portion.next;
      portion = await this.database.inWorkspace(workspaceId, () => this.portion(selection, cursor));
      yield portion;
    }
  }

  private async portion(
    selection: Pick<MemberSelection, 'filter' | 'search'>,
    cursor?: string,
  ): Promise<Portion> {
    const { members, next } = await this.list.page({
      ...selection,
      ...{ limit: PORTION, sort: 'createdAt' },
      ...(cursor !== undefined && { cursor }),
    });
    return { members, next, facts: await this.list.factsOf(members.map(({ id }) => id)) };
  }
}

interface Portion extends ExportedMembers {
  readonly next: string | null;
}
