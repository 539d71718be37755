import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../../database/workspace.entity';

/** One link in the chain of refresh tokens of a session. */
@Entity('refresh_tokens')
export class RefreshToken extends WorkspaceEntity {
  @Column('uuid')
  sessionId: string;

  @Column('bytea')
  secretHash: Buffer;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  /** Set when it was exchanged for the next one. Presented again after a moment, it ends the session. */
  @Column('timestamptz', { nullable: true })
  usedAt: Date | null;

  @Column('uuid', { nullable: true })
  successorId: string | null;

  /** The encrypted response to the exchange, for a client that did not receive it; see RefreshAnswers. */
  @Column('text', { nullable: true, select: false })
  sealedAnswer: string | null;
}
