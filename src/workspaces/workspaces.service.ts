import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { Workspace } from './workspace.entity';

/** Name and slug of the current workspace. */
@Injectable()
export class WorkspacesService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  current(): Promise<Workspace> {
    return this.workspaces.findOneByOrFail({ id: this.database.workspaceId });
  }

  /** Changes name or slug. Throws 409 `conflict` if the slug is taken, and what `refuse` throws. */
  async update(
    changes: { name?: string; slug?: string },
    refuse?: (present: Workspace) => void,
  ): Promise<Workspace> {
    const id = this.database.workspaceId;
    const before = await this.workspaces.findOneOrFail({
      where: { id },
      lock: { mode: 'for_no_key_update' },
    });
    const wanted = { name: changes.name ?? before.name, slug: changes.slug ?? before.slug };
    if (wanted.name === before.name && wanted.slug === before.slug) {
      this.trail.nothingChanged();
      return before;
    }
    refuse?.(before);
    await this.workspaces.update({ id }, wanted);
    this.trail.record({
      type: 'workspace.updated',
      target: { type: 'workspace', id },
      data: { before: { name: before.name, slug: before.slug }, after: wanted },
    });
    return Object.assign(before, wanted);
  }

  private get workspaces() {
    return this.database.repository(Workspace);
  }
}
