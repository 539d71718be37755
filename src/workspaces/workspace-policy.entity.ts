import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '../access/permissions';

/** What a workspace demands of its sessions, sign-ins and keys. One row per workspace. */
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

  /** How long ago somebody may have proved who they are, for sensitive calls. */
  @Column('int', { default: 900 })
  freshSeconds: number;

  @Column('int', { nullable: true })
  maxConcurrentSessions: number | null;

  @Column('text', { default: 'off' })
  mfaRequired: 'off' | 'admins' | 'all';

  @Column('text', { array: true, default: () => "'{totp,webauthn,sms}'" })
  mfaAllowedFactors: string[];

  /** For so long, people may put off setting up what is required. */
  @Column('int', { default: 0 })
  mfaGracePeriodDays: number;

  /** Whether a second factor of ours is asked for after a sign-in through an identity provider. */
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

  /** Of new members; empty: every verified domain. */
  @Column('text', { array: true, default: () => "'{}'" })
  jitAllowedDomains: string[];

  /** Whether nobody becomes a member by signing in whom no rule gives a role. */
  @Column('boolean', { default: false })
  jitRequireMapping: boolean;

  @Column('text', { default: 'revoke' })
  apiKeysOnMemberRemoval: 'keep' | 'revoke';

  @Column('int', { nullable: true })
  apiKeysMaxLifetimeDays: number | null;

  /** How often a key without a limit of its own may be used; both null: as often as anybody likes. */
  @Column('int', { nullable: true })
  apiKeysRateRequests: number | null;

  @Column('int', { nullable: true })
  apiKeysRateSeconds: number | null;

  /** What a directory may deactivate within the window without asking: this many, or this part of all. */
  @Column('int', { default: 10 })
  scimMassChangeMembers: number;

  @Column('int', { default: 20 })
  scimMassChangePercent: number;

  @Column('int', { default: 60 })
  scimMassChangeWindowMinutes: number;

  /** The highest role that a directory may give its users; off: none. */
  @Column('text', { default: 'off' })
  scimDirectorySetsRole: 'off' | Role;

  /** After how many days entries of the audit log leave for an archive. */
  @Column('int', { nullable: true })
  auditRetentionDays: number | null;

  @Column('boolean', { default: false })
  auditLegalHold: boolean;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
