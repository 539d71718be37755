import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../../database/workspace.entity';

/**
 * `published`: the identity provider may learn it, nothing is signed with it yet. `active`: signs. `retiring`: signs no
 * more, but is still published, and still opens what was encrypted for it.
 */
export type KeyState = 'published' | 'active' | 'retiring';

/** One of the key pairs that we are known by at the identity provider of a connection. */
@Entity('connection_keys')
export class ConnectionKey extends WorkspaceEntity {
  @Column('uuid')
  connectionId: string;

  @Column('text')
  state: KeyState;

  /** PEM. */
  @Column('text')
  certificate: string;

  @Column('uuid')
  secretId: string;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { nullable: true })
  activatedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  retiresAt: Date | null;
}
