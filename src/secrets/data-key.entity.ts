import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../database/workspace.entity';

/** The key that a workspace's secrets are sealed under; itself sealed under the key of the installation. */
@Entity('data_keys')
export class DataKey extends WorkspaceEntity {
  @Column('text')
  wrapped: string;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  /** Since then the key only decrypts. */
  @Column('timestamptz', { nullable: true })
  retiredAt: Date | null;

  /** Since when nothing is encrypted under it any more. */
  @Column('timestamptz', { nullable: true })
  emptiedAt: Date | null;
}
