import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../../database/workspace.entity';

/** Lets somebody without an account set up and test one connection, until it expires or is revoked. */
@Entity('setup_links')
export class SetupLink extends WorkspaceEntity {
  @Column('uuid')
  connectionId: string;

  @Column('bytea', { select: false })
  secretHash: Buffer;

  @Column('text', { nullable: true })
  contactEmail: string | null;

  /** The member who answers for it. */
  @Column('uuid')
  createdBy: string;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz')
  expiresAt: Date;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastOpenedAt: Date | null;
}
