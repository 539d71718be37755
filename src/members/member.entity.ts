import { Column, Entity } from 'typeorm';
import type { Role } from '../access/permissions';
import { WorkspaceEntity } from '../database/workspace.entity';

/** How the member joined. `manual`: through a directory that has since been switched off. */
export type MemberSource = 'founder' | 'invitation' | 'jit' | 'scim' | 'manual';

/** A user in one workspace, with a role there and the profile that this workspace knows. */
@Entity('members')
export class Member extends WorkspaceEntity {
  @Column('uuid')
  userId: string;

  @Column('text')
  email: string;

  @Column('text', { default: 'viewer' })
  role: Role;

  @Column('boolean', { default: false })
  approver: boolean;

  @Column('text')
  source: MemberSource;

  @Column('text')
  userName: string;

  /** The userName in lower case, maintained by the database. Compared and unique. */
  @Column({ type: 'text', collation: 'C', insert: false, update: false, select: false })
  readonly userNameKey: string;

  /** The name in lower case, or the address of whom no name is known; kept by the database, for lists. */
  @Column({ type: 'text', collation: 'C', insert: false, update: false, select: false })
  readonly nameKey: string;

  /** The family name, or the last word of the name. */
  @Column({ type: 'text', collation: 'C', insert: false, update: false, select: false })
  readonly familyKey: string;

  @Column('text', { nullable: true })
  externalId: string | null;

  @Column('text', { nullable: true })
  displayName: string | null;

  @Column('text', { nullable: true })
  givenName: string | null;

  @Column('text', { nullable: true })
  familyName: string | null;

  @Column('text', { nullable: true })
  department: string | null;

  /** What a directory sent beyond the columns above, as SCIM attributes (RFC 7643 section 4.1). */
  @Column('jsonb', { default: () => "'{}'" })
  scim: Record<string, unknown>;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;

  /** Set: the person is out, and every session ended with the same statement. The row stays. */
  @Column('timestamptz', { nullable: true })
  removedAt: Date | null;

  @Column('text', { nullable: true })
  removalReason: string | null;

  /** Set by a SCIM DELETE: the directory no longer sees the resource. */
  @Column('timestamptz', { nullable: true })
  scimDeletedAt: Date | null;
}
