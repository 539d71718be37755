import { Column, Entity } from 'typeorm';
import type { AuditEventType, Risk } from '../audit/audit-event';
import { WorkspaceEntity } from '../database/workspace.entity';

export const STREAM_TYPES = ['webhook', 'syslog'] as const;
export type StreamType = (typeof STREAM_TYPES)[number];
export const STREAM_FORMATS = ['gatehouse', 'ocsf', 'cef'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];
export const ENCODINGS = ['ndjson', 'json'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** A receiver of the audit log, and how far it is. */
@Entity('audit_streams')
export class AuditStream extends WorkspaceEntity {
  @Column('text')
  name: string;

  @Column('text')
  type: StreamType;

  @Column('text')
  format: StreamFormat;

  @Column('text', { nullable: true })
  url: string | null;

  @Column('text', { default: 'ndjson' })
  encoding: Encoding;

  @Column('text', { nullable: true })
  host: string | null;

  @Column('int', { nullable: true })
  port: number | null;

  @Column('boolean', { default: false })
  plaintext: boolean;

  @Column('text', { nullable: true })
  ca: string | null;

  @Column('text', { nullable: true })
  clientCertificate: string | null;

  @Column('uuid')
  secretId: string;

  /** Until when messages carry a signature by the signing secret of before as well. */
  @Column('timestamptz', { nullable: true })
  previousSecretUntil: Date | null;

  /** Empty: every type. */
  @Column('text', { array: true, default: () => "'{}'" })
  filterTypes: AuditEventType[];

  /** Empty: every risk. */
  @Column('text', { array: true, default: () => "'{}'" })
  filterRisks: Risk[];

  @Column('text', { default: 'active' })
  status: 'active' | 'paused';

  @Column('text', { nullable: true })
  pausedBecause: 'admin' | 'refused' | 'unreachable' | null;

  /** The last entry that was delivered or is none of this stream's, in the order of the seals. */
  @Column('bigint')
  seal: string;

  @Column('int')
  position: number;

  @Column('bigint', { nullable: true })
  sendingSeal: string | null;

  @Column('int', { nullable: true })
  sendingPosition: number | null;

  @Column('int', { default: 200 })
  batchLimit: number;

  @Column('bigint', { default: 0 })
  delivered: string;

  @Column('timestamptz', { nullable: true })
  lastDeliveredAt: Date | null;

  @Column('int', { default: 0 })
  failures: number;

  @Column('timestamptz', { nullable: true })
  failingSince: Date | null;

  @Column('text', { nullable: true })
  lastError: string | null;

  @Column('timestamptz', { nullable: true })
  lastErrorAt: Date | null;

  @Column('uuid')
  createdBy: string;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;

  /** Whether events of this type and risk are this receiver's. */
  wants({ type, risk }: { readonly type: AuditEventType; readonly risk: Risk }): boolean {
    return (
      (this.filterTypes.length === 0 || this.filterTypes.includes(type)) &&
      (this.filterRisks.length === 0 || this.filterRisks.includes(risk))
    );
  }
}
