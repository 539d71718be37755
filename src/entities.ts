import type { EntityTarget } from 'typeorm';
import { RefreshToken } from './auth/sessions/refresh-token.entity';
import { Session } from './auth/sessions/session.entity';
import { Domain } from './domains/domain.entity';
import { Member } from './members/member.entity';
import { User } from './members/user.entity';
import { ScimToken } from './scim/directories/scim-token.entity';
import { DataKey } from './secrets/data-key.entity';
import { StoredSecret } from './secrets/stored-secret.entity';
import { Workspace } from './workspaces/workspace.entity';
import { WorkspacePolicy } from './workspaces/workspace-policy.entity';

/** Every table that a room reads and writes through TypeORM. */
export const ENTITIES: EntityTarget<unknown>[] = [
  Workspace,
  WorkspacePolicy,
  Domain,
  DataKey,
  StoredSecret,
  User,
  Member,
  Session,
  RefreshToken,
  ScimToken,
];
