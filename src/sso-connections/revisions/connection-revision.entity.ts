import { Column, Entity } from 'typeorm';
import type { AuditActor } from '../../audit/audit-event';
import { WorkspaceEntity } from '../../database/workspace.entity';
import type { RevisionOrigin } from './revision-author';
import type { Difference, Snapshot } from './snapshot';

/** The settings of a connection as one change left them. Content never changes; only what was learnt about it does. */
@Entity('connection_revisions')
export class ConnectionRevision extends WorkspaceEntity {
  @Column('uuid')
  connectionId: string;

  @Column('int')
  number: number;

  @Column('text')
  origin: RevisionOrigin;

  @Column('jsonb')
  author: AuditActor;

  @Column('jsonb')
  snapshot: Snapshot;

  @Column('jsonb')
  diff: Difference;

  /** The number whose content this one brought back. */
  @Column('int', { nullable: true })
  restoredFrom: number | null;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  /** When a test sign-in by exactly this content passed, who had started it and its attempt. */
  @Column('timestamptz', { nullable: true })
  testedAt: Date | null;

  @Column('jsonb', { nullable: true })
  testedBy: AuditActor | null;

  @Column('uuid', { nullable: true })
  testedAttemptId: string | null;

  /** When somebody first signed in by exactly this content. */
  @Column('timestamptz', { nullable: true })
  provenAt: Date | null;
}
