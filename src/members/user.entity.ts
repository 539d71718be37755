import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A person's login identity, over all workspaces. Only `emailClaimed` rows may be found by their address. */
@Entity('users')
export class User {
  @PrimaryColumn('uuid', { default: () => 'new_id()' })
  readonly id: string;

  @Column('text')
  email: string;

  @Column('boolean', { default: false })
  emailClaimed: boolean;

  @Column('text', { nullable: true })
  name: string | null;

  @Column('text', { nullable: true, select: false })
  passwordHash: string | null;

  /** The password is short: wherever it is used, a second factor is asked for. */
  @Column('boolean', { default: false })
  passwordNeedsFactor: boolean;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;
}
