import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../database/workspace.entity';
import type { AuditEventType, Risk } from './audit-event';

/** A row of the audit log. Only AuditTrail writes it, and nothing updates it. */
@Entity('audit_events')
export class StoredAuditEvent extends WorkspaceEntity {
  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  readonly time: Date;

  @Column('text')
  readonly type: AuditEventType;

  @Column('text')
  readonly risk: Risk;

  @Column('text')
  readonly actorType: 'user' | 'api_key' | 'scim' | 'system';

  @Column('text', { nullable: true })
  readonly actorId: string | null;

  @Column('text', { nullable: true })
  readonly actorEmail: string | null;

  @Column('text', { nullable: true })
  readonly targetType: string | null;

  @Column('text', { nullable: true })
  readonly targetId: string | null;

  @Column('text', { nullable: true })
  readonly ip: string | null;

  @Column('text', { nullable: true })
  readonly userAgent: string | null;

  @Column('text', { nullable: true })
  readonly requestId: string | null;

  @Column('jsonb', { default: () => "'{}'" })
  readonly data: Record<string, unknown>;

  /** The id of the key of `sealedActor`, which holds email address, IP address and user agent of the actor. */
  @Column('uuid', { nullable: true })
  readonly actorPerson: string | null;

  @Column('text', { nullable: true })
  readonly sealedActor: string | null;

  @Column('text', { nullable: true })
  readonly actorCommitment: string | null;

  /** The id of the key of `sealedData`, which holds the personal values left out of `data`. */
  @Column('uuid', { nullable: true })
  readonly dataPerson: string | null;

  @Column('text', { nullable: true })
  readonly sealedData: string | null;

  @Column('text', { nullable: true })
  readonly dataCommitment: string | null;
}
