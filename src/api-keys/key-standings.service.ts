import { Injectable } from '@nestjs/common';
import type { ApiKeyScope, Role } from '../access/permissions';
import { Database } from '../database/database';
import { prepared } from '../database/statement';
import { grantedScopes, MAKER } from './granted-scopes';

/** What an API key may do at this moment. */
export interface KeyStanding {
  readonly id: string;
  readonly scopes: readonly ApiKeyScope[];
}

interface KeyRow {
  readonly id: string;
  readonly scopes: ApiKeyScope[];
  readonly creator_role: Role;
  readonly creator_approver: boolean;
}

const STANDINGS = prepared(
  'key_standings',
  `select k.id, k.scopes, ${MAKER}
     from api_keys k join members m on m.workspace_id = k.workspace_id and m.id = k.created_by
    where k.id = any($1::uuid[]) and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
);

/** What keys may do, for who asks about them. */
@Injectable()
export class KeyStandings {
  constructor(private readonly database: Database) {}

  /** The live keys among these ids. One statement. */
  async of(ids: readonly string[]): Promise<KeyStanding[]> {
    const rows = await this.database.query<KeyRow>(STANDINGS, [ids]);
    return rows.map((row) => ({ id: row.id, scopes: grantedScopes(row) }));
  }
}
