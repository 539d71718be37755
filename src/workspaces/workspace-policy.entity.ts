import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '../access/permissions';

/** What a workspace requires of sessions, sign-ins and API keys. One row per workspace. */
@Entity('workspace_policies')
export class WorkspacePolicy {
  @PrimaryColumn('uuid', { default: () => 'current_workspace_id()' })
  readonly workspaceId: string;

  @Column('int', { default: 300 })
  accessTokenSeconds: number;

  @Column('int', { default: 86400 })
  idleSeconds: number;

  @Column('int', { default: 604800 })
  absoluteSeconds: number;

  /** How old, in seconds, an authentication may be for sensitive calls. */
  @Column('int', { default: 900 })
  freshSeconds: number;

  @Column('int', { nullable: true })
  maxConcurrentSessions: number | null;

  @Column('text', { default: 'off' })
  mfaRequired: 'off' | 'admins' | 'all';

  @Column('text', { array: true, default: () => "'{totp,webauthn,sms}'" })
  mfaAllowedFactors: string[];

  /** How long, in days, people may postpone setting up a required factor. */
  @Column('int', { default: 0 })
  mfaGracePeriodDays: number;

  /** Whether to ask for a second factor of ours after a sign-in through an identity provider. */
  @Column('text', { default: 'evidence' })
  mfaTrustIdp: 'evidence' | 'always_ask' | 'never_ask';

  @Column('timestamptz', { default: () => 'now()' })
  mfaRequiredSince: Date;

  @Column('boolean', { default: false })
  ssoEnforced: boolean;

  @Column('uuid', { array: true, default: () => "'{}'" })
  breakGlassMemberIds: string[];

  @Column('boolean', { default: true })
  jitEnabled: boolean;

  @Column('text', { default: 'viewer' })
  jitDefaultRole: Role;

  /** The domains whose people may join by signing in; empty: every verified domain. */
  @Column('text', { array: true, default: () => "'{}'" })
  jitAllowedDomains: string[];

  /** Whether a first sign-in is refused if no rule gives the person a role. */
  @Column('boolean', { default: false })
  jitRequireMapping: boolean;

  @Column('text', { default: 'revoke' })
  apiKeysOnMemberRemoval: 'keep' | 'revoke';

  @Column('int', { nullable: true })
  apiKeysMaxLifetimeDays: number | null;

  /** The default rate limit of API keys; both null: unlimited. */
  @Column('int', { nullable: true })
  apiKeysRateRequests: number | null;

  @Column('int', { nullable: true })
  apiKeysRateSeconds: number | null;

  /** How many members a directory may deactivate within the window without approval: a number, or a percentage. */
  @Column('int', { default: 10 })
  scimMassChangeMembers: number;

  @Column('int', { default: 20 })
  scimMassChangePercent: number;

  @Column('int', { default: 60 })
  scimMassChangeWindowMinutes: number;

  /** The highest role that a directory may assign; `off`: none. */
  @Column('text', { default: 'off' })
  scimDirectorySetsRole: 'off' | Role;

  /** After how many days audit entries are moved to an archive. */
  @Column('int', { nullable: true })
  auditRetentionDays: number | null;

  @Column('boolean', { default: false })
  auditLegalHold: boolean;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
