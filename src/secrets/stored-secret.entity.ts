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

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
