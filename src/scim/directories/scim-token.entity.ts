import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../../database/workspace.entity';

/** What a directory shows to provision this workspace. Only the hash of its text is kept. */
@Entity('scim_tokens')
export class ScimToken extends WorkspaceEntity {
  @Column('text')
  name: string;

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

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;
}
