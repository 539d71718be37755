import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../../database/workspace.entity';

export type FactorType = 'totp' | 'recovery';

/** A factor that nobody confirmed within this time is dropped, and its seed with it. */
export const PENDING_MINUTES = 15;

/** Something beside the password that a member proves to hold. */
@Entity('factors')
export class Factor extends WorkspaceEntity {
  @Column('uuid')
  memberId: string;

  /** `recovery` stands for the set of recovery codes. */
  @Column('text')
  type: FactorType;

  @Column('text', { nullable: true })
  name: string | null;

  /** The seed of a TOTP generator, among the secrets. */
  @Column('uuid', { nullable: true })
  secretId: string | null;

  /** The time step of the last code accepted. The driver reads a bigint as text. */
  @Column('bigint', { nullable: true })
  lastStep: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  /** Null until a first code proved that the person holds it; until then it opens nothing. */
  @Column('timestamptz', { nullable: true })
  confirmedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt: Date | null;

  isAbandoned(now: Date): boolean {
    return !this.confirmedAt && now.getTime() - this.createdAt.getTime() > PENDING_MINUTES * 60_000;
  }
}
