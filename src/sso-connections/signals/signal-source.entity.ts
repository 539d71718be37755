import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../../database/workspace.entity';

/** `gtr`: Global Token Revocation (Universal Logout). `ssf`: security events pushed to us (RFC 8935). */
export type SignalKind = 'gtr' | 'ssf';

/** Who may tell us that sessions of a connection's people have to end, and how such a message is recognised. */
@Entity('signal_sources')
export class SignalSource extends WorkspaceEntity {
  @Column('uuid')
  connectionId: string;

  @Column('text')
  kind: SignalKind;

  @Column('text')
  issuer: string;

  @Column('text')
  jwksUri: string;

  /** `gtr`: who we are at the issuer. */
  @Column('text', { nullable: true })
  subject: string | null;

  /** `ssf`: whom its tokens are for. */
  @Column('text', { nullable: true })
  audience: string | null;

  @Column('bytea', { nullable: true })
  pushSecretHash: Buffer | null;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;
}
