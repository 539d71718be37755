import { Column, PrimaryColumn } from 'typeorm';

/**
 * What every row of a workspace has. `workspaceId` is filled by the database from the running transaction and
 * row-level security filters by it; features never mention it.
 */
export abstract class WorkspaceEntity {
  @PrimaryColumn('uuid', { default: () => 'new_id()' })
  readonly id: string;

  @Column('uuid', { default: () => 'current_workspace_id()' })
  readonly workspaceId: string;
}
