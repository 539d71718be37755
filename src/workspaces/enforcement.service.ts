import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import type { FieldError } from '../http/problems';

interface Facts {
  readonly connection: boolean;
  readonly domain: boolean;
}

/**
 * Whether a workspace may refuse passwords. If its identity provider fails after that, nobody could come in, so
 * each condition guards against locking everybody out. The facts belong to rooms above; they are only read here.
 */
@Injectable()
export class EnforcementService {
  constructor(private readonly database: Database) {}

  /** The conditions that are not met, each with what to do about it. */
  async unmet(): Promise<FieldError[]> {
    const [facts] = await this.database.query<Facts>(
      `select exists (select from sso_connections where status = 'active') as connection,
              exists (select from verified_domains where workspace_id = current_workspace_id()) as domain`,
    );
    return [
      ...(facts?.connection
        ? []
        : [{ field: 'active_connection', message: 'Activate a connection to your identity provider.' }]),
      ...(facts?.domain ? [] : [{ field: 'verified_domain', message: 'Verify a domain of your people.' }]),
      // Neither test sign-ins nor second factors can be recorded yet, so these two cannot be met.
      { field: 'passed_test', message: 'An admin must pass a test sign-in through the connection.' },
      {
        field: 'break_glass_admin',
        message: 'Name a break-glass admin who has a password and a second factor.',
      },
    ];
  }
}
