import { Injectable } from '@nestjs/common';
import { BatchPerWorkspace } from '../../database/batch-per-workspace';
import { Database } from '../../database/database';
import { TickBatch } from '../../database/tick-batch';
import { isCommitUncertain } from '../../database/commit-uncertain';
import { requestContext } from '../../http/request-context';
import { isForRules } from '../../members/member-arrival.service';
import type { DirectoryMember } from '../../members/member-directory.service';
import type { ScimObject } from '../protocol/scim-value';
import { concernsRoles } from './spoken-roles';
import { type NewUser, readNewUser, UserCreation, type WantedUser } from './user-creation.service';
import { UserView } from './user-view.service';

type Outcome = { readonly member: DirectoryMember } | { readonly failure: unknown };

/** Thrown to roll back a shared transaction. */
class StepAside extends Error {}

/** While one transaction is under way everybody gathers for the next: with two, most would be nearly empty. */
const MOST_UNDERWAY = 1;
const MOST_TOGETHER = 32;
/** How long a workspace is taken to have rules. */
const RULES_REMEMBERED_MS = 60_000;
/** Of so many workspaces, and of none after that: they find out again. */
const MOST_REMEMBERED = 10_000;

const nameOf = ({ request }: WantedUser): string => request.requestId;

/**
 * Adds new users. Concurrent requests of a workspace share one transaction and its cost; each has its own audit
 * events, and its response is sent after the commit. When one of them is not a simple case, the shared transaction is
 * rolled back and each request gets its own, so that none fails because of another.
 */
@Injectable()
export class UserArrivals {
  private readonly doors = new BatchPerWorkspace<WantedUser, Outcome>((workspaceId) => {
    const admit = (wanted: WantedUser[]): Promise<Outcome[]> => this.admit(workspaceId, wanted);
    return new TickBatch(nameOf, admit, MOST_UNDERWAY, MOST_TOGETHER);
  });
  /** Until when rules are expected to give roles: whoever expects none where there are some finds out, and retries. */
  private readonly ruled = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly creation: UserCreation,
    private readonly view: UserView,
  ) {}

  /** RFC 7644 section 3.3, outside of a transaction. Throws as UserCreation.create. */
  async create(workspaceId: string, body: unknown): Promise<ScimObject> {
    // What may be said about roles is not known before there is a transaction.
    const member = concernsRoles(body)
      ? await this.database.inWorkspace(workspaceId, () => this.creation.create(body))
      : await this.arrive(workspaceId, readNewUser(body));
    return this.view.written(member);
  }

  private async arrive(workspaceId: string, user: NewUser): Promise<DirectoryMember> {
    const outcome = await this.doors.find(workspaceId, { user, request: requestContext.current()! });
    if ('failure' in outcome!) throw outcome.failure;
    return outcome!.member;
  }

  private async admit(workspaceId: string, wanted: WantedUser[]): Promise<Outcome[]> {
    const members = await this.allAtOnce(workspaceId, wanted);
    return members
      ? members.map((member) => ({ member }))
      : Promise.all(wanted.map((one) => this.alone(workspaceId, one)));
  }

  /** Undefined when one of them is not a simple case. */
  private async allAtOnce(
    workspaceId: string,
    wanted: readonly WantedUser[],
  ): Promise<readonly DirectoryMember[] | undefined> {
    if ((this.ruled.get(workspaceId) ?? 0) < Date.now()) {
      try {
        return await this.straightIn(workspaceId, wanted);
      } catch (failure) {
        if (isCommitUncertain(failure)) throw failure;
        if (!isForRules(failure)) return undefined;
        if (this.ruled.size >= MOST_REMEMBERED) this.ruled.clear();
        this.ruled.set(workspaceId, Date.now() + RULES_REMEMBERED_MS);
      }
    }
    return wanted.length > 1 ? this.together(workspaceId, wanted) : undefined;
  }

  /** One round trip for all. Throws when one of them is not simply new, and when rules give roles. */
  private async straightIn(
    workspaceId: string,
    wanted: readonly WantedUser[],
  ): Promise<readonly DirectoryMember[]> {
    const { members } = await this.database.inWorkspace(workspaceId, async () => ({
      members: this.creation.admit(wanted),
    }));
    return members;
  }

  /** Undefined on any failure; running each request alone then shows which one fails, and why. */
  private async together(
    workspaceId: string,
    wanted: readonly WantedUser[],
  ): Promise<readonly DirectoryMember[] | undefined> {
    try {
      return await this.database.inWorkspace(workspaceId, async () => {
        const members = await this.creation.addTogether(wanted);
        if (!members) throw new StepAside();
        return members;
      });
    } catch {
      return undefined;
    }
  }

  private alone(workspaceId: string, { user, request }: WantedUser): Promise<Outcome> {
    return requestContext.run(request, () =>
      this.database
        .inWorkspace(workspaceId, () => this.creation.add(user))
        .then(
          (member) => ({ member }),
          (failure: unknown) => ({ failure }),
        ),
    );
  }
}
