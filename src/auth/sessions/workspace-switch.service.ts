import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import { Conflict, Forbidden, NotFound } from '../../http/problems';
import { MembersService } from '../../members/members.service';
import { UsersService } from '../../members/users.service';
import type { TokenResponseDto } from '../tokens/token-response.dto';
import { SessionsService } from './sessions.service';
import { sessionEnded, SwitchAdmission } from './switch-admission.service';

/** Opens a session for a signed-in person in another of their workspaces, under the policy of that workspace. */
@Injectable()
export class WorkspaceSwitch {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly members: MembersService,
    private readonly sessions: SessionsService,
    private readonly admission: SwitchAdmission,
  ) {}

  /**
   * Runs outside a transaction. Throws 404 for an unknown workspace or one the person does not belong to, 409
   * `already_in_workspace`, and 403 `reauthentication_required` for a session opened through an identity provider,
   * which vouches for its own workspace only, or held in a browser cookie. Also throws what LoginPolicyService throws
   * for the target workspace.
   */
  async switch(caller: UserPrincipal, workspace: string, asCookie: boolean): Promise<TokenResponseDto> {
    const target = await this.users.findWorkspaceOf(caller.id, workspace);
    if (!target) throw new NotFound('Workspace');
    if (target === caller.workspaceId)
      throw new Conflict('already_in_workspace', 'This session is in that workspace already.');
    if (asCookie) throw inBrowser();
    // Read before the session: a later password change then differs from it, and an earlier one has ended the session.
    const password = await this.users.passwordOf(caller.id);
    const left = await this.database.inWorkspace(caller.workspaceId, () =>
      this.sessions.get(caller.sessionId),
    );
    if (left.endedAt) throw sessionEnded();
    return this.database.inWorkspace(target, async () => {
      const member = await this.members.findLiveByUser(caller.id);
      if (!member) throw new NotFound('Workspace');
      return this.admission.admit(caller, member.id, {
        expiresAt: left.expiresAt,
        authenticatedAt: left.withoutFactorAt ?? left.authenticatedAt,
        passwordHash: password?.passwordHash,
      });
    });
  }
}

const inBrowser = (): Forbidden =>
  new Forbidden(
    'What this browser is signed in with is good for one workspace only. Sign in to the other one.',
    'reauthentication_required',
  );
