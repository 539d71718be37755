import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { WorkspacePolicy } from './workspace-policy.entity';

/** Reads and changes the policy of the workspace in flight. */
@Injectable()
export class WorkspacePolicyService {
  constructor(private readonly database: Database) {}

  /** The policy of this workspace. Every workspace has one from its first moment. */
  current(): Promise<WorkspacePolicy> {
    return this.database.repository(WorkspacePolicy).createQueryBuilder('policy').getOneOrFail();
  }
}
