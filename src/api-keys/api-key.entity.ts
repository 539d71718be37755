import { Column, Entity } from 'typeorm';
import type { ApiKeyScope, Role } from '../access/permissions';
import { WorkspaceEntity } from '../database/workspace.entity';

export type ApiKeyStatus = 'active' | 'expired' | 'revoked';

/** A program's way in. Only the hash of its text is kept. */
@Entity('api_keys')
export class ApiKey extends WorkspaceEntity {
  @Column('text')
  name: string;

  @Column('text', { array: true })
  scopes: ApiKeyScope[];

  @Column('bytea', { select: false })
  secretHash: Buffer;

  /** The last characters of the key, so that people can tell keys apart. */
  @Column('text')
  hint: string;

  /** The member who made it; the key never does more than that member may do now. */
  @Column('uuid')
  createdBy: string;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  /** Addresses and CIDR ranges it may be used from; none means from everywhere. */
  @Column('text', { array: true, default: () => "'{}'" })
  allowedIps: string[];

  @Column('timestamptz', { nullable: true })
  lastUsedAt: Date | null;

  @Column('text', { nullable: true })
  lastUsedIp: string | null;

  /** The route as it is declared, without ids. */
  @Column('text', { nullable: true })
  lastUsedCall: string | null;

  /** How often it may be used; both null: as the workspace says. */
  @Column('int', { nullable: true })
  rateLimitRequests: number | null;

  @Column('int', { nullable: true })
  rateLimitSeconds: number | null;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;

  @Column('text', { nullable: true })
  revokeReason: string | null;

  /** The key that came in its place. */
  @Column('uuid', { nullable: true })
  replacedBy: string | null;

  /** When the creator left the workspace, if its policy keeps such keys: an admin should review the key. */
  @Column('timestamptz', { nullable: true })
  creatorLeftAt: Date | null;

  /** What that person was when they left; the database notes it with `creatorLeftAt`. */
  @Column({ type: 'text', nullable: true, insert: false, update: false })
  creatorLeftRole: Role | null;

  @Column({ type: 'boolean', nullable: true, insert: false, update: false })
  creatorLeftApprover: boolean | null;

  status(now: Date): ApiKeyStatus {
    if (this.revokedAt) return 'revoked';
    return this.expiresAt && this.expiresAt <= now ? 'expired' : 'active';
  }
}
