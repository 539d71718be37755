import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../database/workspace.entity';

/** A failing domain was proved and keeps its rights for a while although its record is gone; a lost one has none. */
export const DOMAIN_STATUSES = ['pending', 'verified', 'failing', 'lost'] as const;
export type DomainStatus = (typeof DOMAIN_STATUSES)[number];

/** What a look into DNS came to. */
export const DOMAIN_CHECK_RESULTS = [
  'record_found',
  'record_missing',
  'record_differs',
  'dns_unavailable',
  'domain_taken',
] as const;
export type DomainCheckResult = (typeof DOMAIN_CHECK_RESULTS)[number];

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
  status: DomainStatus;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { nullable: true })
  verifiedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastCheckedAt: Date | null;

  /** While failing: until then the domain keeps its rights. */
  @Column('timestamptz', { nullable: true })
  graceUntil: Date | null;

  @Column('text', { nullable: true })
  lastResult: DomainCheckResult | null;
}
