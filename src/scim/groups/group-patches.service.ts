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

/** Groups whose names are cached. */
const MOST_REMEMBERED = 1_000;

/**
 * Executes PATCHes of groups. Most add or remove one member of a group that was patched just before. For these the
 * name of the group, which the audit event needs, is cached, so the whole transaction is sent as one message.
 * PostgreSQL fails it when the cached name is outdated or the case is not that simple; the PATCH is then executed step
 * by step.
 */
@Injectable()
export class GroupPatches {
  /** The display name of recently patched groups from which no roles follow; oldest first. */
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

  /**
   * The single member that the PATCH adds or removes; undefined for any other PATCH and for a group without a cached
   * name.
   */
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

  /** Whether the short way succeeded. On failure the PATCH is executed in full, which reports what is wrong. */
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
