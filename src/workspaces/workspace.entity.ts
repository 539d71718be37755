import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tenant. Stands outside row-level security: it is what other rows are confined to. */
@Entity('workspaces')
export class Workspace {
  @PrimaryColumn('uuid', { default: () => 'new_id()' })
  readonly id: string;

  @Column('text')
  slug: string;

  @Column('text')
  name: string;

  /** Null: everything is included. The operator's to change. */
  @Column('text', { nullable: true })
  readonly plan: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;
}
