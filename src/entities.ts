import type { EntityTarget } from 'typeorm';
import { ApiKey } from './api-keys/api-key.entity';
import { AuditStream } from './audit-streams/audit-stream.entity';
import { StoredAuditEvent } from './audit/stored-audit-event.entity';
import { Factor } from './auth/factors/factor.entity';
import { RefreshToken } from './auth/sessions/refresh-token.entity';
import { Session } from './auth/sessions/session.entity';
import { Domain } from './domains/domain.entity';
import { Invitation } from './members/invitations/invitation.entity';
import { Member } from './members/member.entity';
import { User } from './members/user.entity';
import { ScimToken } from './scim/directories/scim-token.entity';
import { DataKey } from './secrets/data-key.entity';
import { StoredSecret } from './secrets/stored-secret.entity';
import { ConnectionKey } from './sso-connections/keys/connection-key.entity';
import { LoginAttempt } from './sso-connections/attempts/login-attempt.entity';
import { OidcSettings } from './sso-connections/oidc-settings.entity';
import { ConnectionRevision } from './sso-connections/revisions/connection-revision.entity';
import { SamlSettings } from './sso-connections/saml-settings.entity';
import { SetupLink } from './sso-connections/setup-links/setup-link.entity';
import { SignalSource } from './sso-connections/signals/signal-source.entity';
import { SsoConnection } from './sso-connections/sso-connection.entity';
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
  Invitation,
  ApiKey,
  SsoConnection,
  SamlSettings,
  OidcSettings,
  ConnectionKey,
  ConnectionRevision,
  LoginAttempt,
  SignalSource,
  SetupLink,
  Session,
  RefreshToken,
  Factor,
  ScimToken,
  StoredAuditEvent,
  AuditStream,
];
