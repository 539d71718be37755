import { Column, Entity } from 'typeorm';
import { SCIM_SCOPES, type ScimScope } from '../../access/scim-scopes';
import { WorkspaceEntity } from '../../database/workspace.entity';

/** `token`: shown as it is. `client`: trades its secret for access tokens (OAuth client credentials). */
export type ScimCredentialKind = 'token' | 'client';

/** What a directory shows to provision this workspace. Only the hash of its text is kept. */
@Entity('scim_tokens')
export class ScimToken extends WorkspaceEntity {
  @Column('text', { default: 'token' })
  kind: ScimCredentialKind;

  @Column('text')
  name: string;

  @Column('text', { array: true, default: [...SCIM_SCOPES] })
  scopes: ScimScope[];

  @Column('bytea', { select: false })
  secretHash: Buffer;

  /** The last characters of the token, for people to tell tokens apart. */
  @Column('text')
  hint: string;

  /** The member who made it. */
  @Column('uuid')
  createdBy: string;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt: Date | null;

  /** What the directory calls itself. */
  @Column('text', { nullable: true })
  lastUsedBy: string | null;

  @Column('text', { nullable: true })
  lastUsedFrom: string | null;

  /** The one that was made in its place. */
  @Column('uuid', { nullable: true })
  replacedBy: string | null;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;
}
