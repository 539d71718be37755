import { Column, Entity } from 'typeorm';
import type { AuditActor } from '../../audit/audit-event';
import { WorkspaceEntity } from '../../database/workspace.entity';
import type { Check } from '../diagnosis/check';

export const ATTEMPT_KINDS = ['test', 'production'] as const;
export type AttemptKind = (typeof ATTEMPT_KINDS)[number];

/** A sign-in by way of a connection, test or real, as far as it came. */
@Entity('login_attempts')
export class LoginAttempt extends WorkspaceEntity {
  @Column('uuid')
  connectionId: string;

  @Column('text')
  kind: AttemptKind;

  @Column('text')
  status: 'started' | 'passed' | 'failed';

  /** Why it failed. */
  @Column('text', { nullable: true })
  code: string | null;

  /** The settings it was judged by. */
  @Column('int')
  revision: number;

  @Column('timestamptz', { default: () => 'now()' })
  startedAt: Date;

  @Column('timestamptz', { nullable: true })
  finishedAt: Date | null;

  @Column('text', { nullable: true })
  subject: string | null;

  @Column('text', { nullable: true })
  email: string | null;

  @Column('jsonb', { default: () => "'[]'" })
  checks: Check[];

  /** The assertion or ID token as it was read, without anything secret. */
  @Column('jsonb', { nullable: true })
  statement: Record<string, unknown> | null;

  @Column('jsonb', { nullable: true })
  attributes: Record<string, string[]> | null;

  /** The role the person has, or would get. */
  @Column('text', { nullable: true })
  role: string | null;

  /** Why that role. */
  @Column('text', { nullable: true })
  roleReason: string | null;

  @Column('uuid', { nullable: true })
  memberId: string | null;

  /** Of a test. */
  @Column('jsonb', { nullable: true })
  startedBy: AuditActor | null;

  /** Of a test: opens it, once. */
  @Column('bytea', { nullable: true, select: false })
  ticketHash: Buffer | null;

  @Column('timestamptz', { nullable: true })
  ticketUsedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  /** Of a failure that speaks against the latest change of the connection: whose it was, as a hash. */
  @Column('bytea', { nullable: true, select: false })
  witness: Buffer | null;

  /** For a failure that counts as a witness: it was caused by a demand of the change, which a rollback keeps. */
  @Column({ default: false, select: false })
  byDemand: boolean;
}
