import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { TickBatch } from '../../database/tick-batch';
import { requestContext } from '../../http/request-context';
import type { DirectoryMember } from '../../members/member-directory.service';
import type { ScimObject } from '../protocol/scim-value';
import { concernsRoles } from './spoken-roles';
import { type NewUser, readNewUser, UserCreation, type WantedUser } from './user-creation.service';
import { UserView } from './user-view.service';

type Outcome = { readonly member: DirectoryMember } | { readonly failure: unknown };

/** Thrown past a shared transaction, so that nothing of it is committed. */
class StepAside extends Error {}

const MOST_UNDERWAY = 2;
const MOST_TOGETHER = 32;

/**
 * Where new users of directories come in. Requests of one workspace that meet here share a transaction, and with it
 * the cost of one: each still has its own records, and its answer leaves after COMMIT. Whenever one of them cannot
 * come in so simply, the shared transaction is taken back and each has one of its own, so that nobody fails for
 * another.
 */
@Injectable()
export class UserArrivals {
  private readonly doors = new Map<string, TickBatch<WantedUser, Outcome>>();

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
      : await this.admitted(workspaceId, readNewUser(body));
    return this.view.written(member);
  }

  private async admitted(workspaceId: string, user: NewUser): Promise<DirectoryMember> {
    const outcome = await this.doorOf(workspaceId).find({ user, request: requestContext.current()! });
    if ('failure' in outcome!) throw outcome.failure;
    return outcome!.member;
  }

  private doorOf(workspaceId: string): TickBatch<WantedUser, Outcome> {
    const known = this.doors.get(workspaceId);
    if (known) return known;
    const nameOf = ({ request }: WantedUser): string => request.requestId;
    const load = (wanted: WantedUser[]): Promise<Outcome[]> => this.admit(workspaceId, wanted);
    const door = new TickBatch(nameOf, load, MOST_UNDERWAY, MOST_TOGETHER);
    this.doors.set(workspaceId, door);
    return door;
  }

  private async admit(workspaceId: string, wanted: WantedUser[]): Promise<Outcome[]> {
    const members = wanted.length > 1 ? await this.together(workspaceId, wanted) : undefined;
    return members
      ? members.map((member) => ({ member }))
      : Promise.all(wanted.map((one) => this.alone(workspaceId, one)));
  }

  /** Undefined for whatever went wrong: what it was, and whose fault, shows when each is alone. */
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
