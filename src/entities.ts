import type { EntityTarget } from 'typeorm';
import { RefreshToken } from './auth/sessions/refresh-token.entity';
import { Session } from './auth/sessions/session.entity';
import { Member } from './members/member.entity';
import { User } from './members/user.entity';
import { Workspace } from './workspaces/workspace.entity';
import { WorkspacePolicy } from './workspaces/workspace-policy.entity';

/** Every table that a room reads and writes through TypeORM. */
export const ENTITIES: EntityTarget<unknown>[] = [
  Workspace,
  WorkspacePolicy,
  User,
  Member,
  Session,
  RefreshToken,
];
