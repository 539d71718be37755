import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../database/workspace.entity';

/**
 * A domain that a workspace claims, pending or proved. Which workspace speaks for a proved one stands in the table
 * verified_domains, outside the workspaces, because sign-ins ask before they know the workspace.
 */
@Entity('domains')
export class Domain extends WorkspaceEntity {
  @Column('text')
  domain: string;

  /** What the TXT record must say. No secret: DNS shows it to everybody. */
  @Column('text')
  token: string;

  @Column('text', { default: 'pending' })
  status: 'pending' | 'verified';

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { nullable: true })
  verifiedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastCheckedAt: Date | null;
}
