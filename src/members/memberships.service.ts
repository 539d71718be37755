import { Injectable } from '@nestjs/common';
import type { Role } from '../access/permissions';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';

/** A workspace, and what the person is there. */
export interface Membership {
  /** The id of the workspace. */
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly memberId: string;
  readonly role: Role;
  readonly approver: boolean;
}

/** Where a person is a member, over all workspaces. */
@Injectable()
export class MembershipsService {
  constructor(private readonly database: Database) {}

  /** The current memberships of a user, oldest workspace first, one more than the page holds. One round trip. */
  async list(userId: string, { limit, cursor }: PageQuery): Promise<Membership[]> {
    return this.database.lookUp<Membership>(
      'memberships_of',
      `select id, slug, name, created_at as "createdAt", member_id as "memberId", role, approver
         from memberships_of($1, $2, $3)`,
      [userId, cursor ? decodeCursor(cursor) : null, limit + 1],
    );
  }
}
