import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { isCommitUncertain } from '../../database/commit-uncertain';
import { requestContext } from '../../http/request-context';
import { GroupMemberships, type OneMove } from '../../members/directory-groups/group-memberships.service';
import type { Precondition } from '../protocol/precondition';
import type { Projection } from '../protocol/projection';
import type { ScimObject } from '../protocol/scim-value';
import { type GroupPatch, readGroupPatch } from './group-patch';
import { GroupRecords } from './group-records.service';
import { ScimGroupsService } from './scim-groups.service';

/** What a PATCH asks for. */
export interface AskedPatch {
  readonly body: unknown;
  readonly precondition: Precondition | undefined;
  /** What of the group is to be answered, if anything. */
  readonly asked: Projection | undefined;
}

/** Of so many groups it is remembered what they were called. */
const MOST_REMEMBERED = 1_000;

/**
 * Where PATCHes of groups come in. Most let one person into a group, or out, that had a PATCH just before: what the
 * audit log will say of them is known then without looking, so that everything goes to the database in one message.
 * PostgreSQL refuses that where it was thought wrongly or is not as simple, and the PATCH is carried out step by step.
 */
@Injectable()
export class GroupPatches {
  /** What a group was called when somebody moved in it last, where no roles follow from groups; oldest first. */
  private readonly names = new Map<string, string>();

  constructor(
    private readonly database: Database,
    private readonly groups: ScimGroupsService,
    private readonly memberships: GroupMemberships,
    private readonly records: GroupRecords,
  ) {}

  /**
   * RFC 7644 section 3.5.2, in a transaction of the caller's workspace. Answers the group if that is asked back. Throws
   * as ScimGroupsService.patch.
   */
  async patch(id: string, { body, precondition, asked }: AskedPatch): Promise<ScimObject | undefined> {
    const { workspaceId } = requestContext.current()!.caller!;
    const patch = readGroupPatch(body);
    const one = precondition || asked ? undefined : this.onlyMoveIn(id, patch);
    if (one && (await this.atOnce(workspaceId, id, one))) return undefined;
    const { done, group } = await this.database.inWorkspace(workspaceId, async () => ({
      done: await this.groups.carryOut(id, patch, precondition),
      group: asked && (await this.groups.get(id, asked)),
    }));
    if (done.came.length + done.went.length > 0 && !done.ruled) this.remember(id, done.displayName);
    return group;
  }

  /** Undefined for whatever else there is to a PATCH, and for a group of which nothing is known. */
  private onlyMoveIn(id: string, { attributes, steps }: GroupPatch): OneMove | undefined {
    const displayName = this.names.get(id);
    const [step, ...others] = steps;
    if (displayName === undefined || attributes || step?.kind !== 'named' || others.length > 0)
      return undefined;
    const { emptied, come, go, kinds } = step;
    if (emptied || come.size + go.size !== 1 || [...kinds.values()].includes('Group')) return undefined;
    const [who] = [...come, ...go];
    return { displayName, who: who!, comes: come.size === 1 };
  }

  /** Whether it is done. Whatever was in the way shows when the PATCH is carried out. */
  private async atOnce(workspaceId: string, id: string, one: OneMove): Promise<boolean> {
    const { displayName, who, comes } = one;
    const group = { displayName, externalId: null };
    try {
      await this.database.inWorkspace(workspaceId, async () => {
        this.memberships.moveOne(id, one);
        await this.records.updated(id, group, group, { came: comes ? [who] : [], went: comes ? [] : [who] });
      });
      return true;
    } catch (failure) {
      if (isCommitUncertain(failure)) throw failure;
      this.names.delete(id);
      return false;
    }
  }

  private remember(id: string, displayName: string): void {
    this.names.delete(id);
    if (this.names.size >= MOST_REMEMBERED) this.names.delete(this.names.keys().next().value!);
    this.names.set(id, displayName);
  }
}
