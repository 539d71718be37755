import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../../database/workspace.entity';

/** What people can set up; a workspace allows some of them. */
export const FACTOR_TYPES = ['totp', 'webauthn', 'sms'] as const;
export type EnrollableType = (typeof FACTOR_TYPES)[number];

/** `recovery` stands for the set of recovery codes. */
export type FactorType = EnrollableType | 'recovery';

/** A factor that nobody confirmed within this time is dropped, and its secret with it. */
export const PENDING_MINUTES = 15;

/** Something beside the password that a member proves to hold. */
@Entity('factors')
export class Factor extends WorkspaceEntity {
  @Column('uuid')
  memberId: string;

  @Column('text')
  type: FactorType;

  @Column('text', { nullable: true })
  name: string | null;

  /** The seed of a TOTP generator or the number of a phone, among the secrets. */
  @Column('uuid', { nullable: true })
  secretId: string | null;

  /** Of a phone, the last digits. */
  @Column('text', { nullable: true })
  phoneHint: string | null;

  /** The time step of the last code accepted. The driver reads a bigint as text. */
  @Column('bigint', { nullable: true })
  lastStep: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  /** Null until a first answer proved that the person holds it; until then it opens nothing. */
  @Column('timestamptz', { nullable: true })
  confirmedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt: Date | null;

  isAbandoned(now: Date): boolean {
    return !this.confirmedAt && now.getTime() - this.createdAt.getTime() > PENDING_MINUTES * 60_000;
  }
}
