import { Column, Entity } from 'typeorm';
import type { Role } from '../../access/permissions';
import { WorkspaceEntity } from '../../database/workspace.entity';

export type InvitationStatus = 'pending' | 'accepted' | 'revoked' | 'expired';

/** An offer of membership, mailed to one address. At most one per address is open. */
@Entity('invitations')
export class Invitation extends WorkspaceEntity {
  @Column('text')
  email: string;

  @Column('text')
  role: Role;

  @Column('boolean', { default: false })
  approver: boolean;

  @Column('bytea', { select: false })
  secretHash: Buffer;

  /** The member who sent it last. It cannot be accepted while this member may not grant its role. */
  @Column('uuid')
  invitedBy: string;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz')
  expiresAt: Date;

  @Column('timestamptz', { nullable: true })
  acceptedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;

  status(now: Date): InvitationStatus {
    if (this.acceptedAt) return 'accepted';
    if (this.revokedAt) return 'revoked';
    return this.expiresAt <= now ? 'expired' : 'pending';
  }
}
