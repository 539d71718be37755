import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tenant. Not under row-level security: other rows are confined to it. */
@Entity('workspaces')
export class Workspace {
  @PrimaryColumn('uuid', { default: () => 'new_id()' })
  readonly id: string;

  @Column('text')
  slug: string;

  @Column('text')
  name: string;

  /** The plan, set by the operator; null: everything is included. */
  @Column('text', { nullable: true })
  readonly plan: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;
}
