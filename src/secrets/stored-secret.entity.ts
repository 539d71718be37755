import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../database/workspace.entity';

/** An encrypted value. `vault` is the product's purpose, every other one is the service's own. */
@Entity('secrets')
export class StoredSecret extends WorkspaceEntity {
  @Column('text')
  purpose: string;

  @Column('text', { nullable: true })
  name: string | null;

  @Column('text', { select: false })
  ciphertext: string;

  @Column('uuid')
  dataKeyId: string;

  /** Version of the value, starting at 1; earlier ones are in secret_versions. */
  @Column('int', { default: 1 })
  version: number;

  /** Conditions for reading the value. */
  @Column('boolean', { default: false })
  reasonRequired: boolean;

  @Column('boolean', { default: false })
  approvalRequired: boolean;

  @Column('int', { nullable: true })
  revealsPerHour: number | null;

  /** Since when, and how often, it was read: counted where there is a limit. */
  @Column('timestamptz', { nullable: true, select: false })
  revealWindowAt: Date | null;

  @Column('int', { default: 0, select: false })
  revealCount: number;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
