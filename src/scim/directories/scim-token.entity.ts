import { Column, Entity } from 'typeorm';
import { SCIM_SCOPES, type ScimScope } from '../../access/scim-scopes';
import { WorkspaceEntity } from '../../database/workspace.entity';

/** `token` is sent as it is; `client` is exchanged for access tokens (OAuth client credentials). */
export type ScimCredentialKind = 'token' | 'client';

/** A credential of a directory. Only its hash is stored. */
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

  /** The last characters, by which people tell tokens apart. */
  @Column('text')
  hint: string;

  /** The member who created it. */
  @Column('uuid')
  createdBy: string;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt: Date | null;

  /** The User-Agent of the directory. */
  @Column('text', { nullable: true })
  lastUsedBy: string | null;

  @Column('text', { nullable: true })
  lastUsedFrom: string | null;

  /** The credential that replaced it by rotation. */
  @Column('uuid', { nullable: true })
  replacedBy: string | null;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;
}
