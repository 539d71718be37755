import { Injectable } from '@nestjs/common';
import type { Role } from '../access/permissions';
import { Database } from '../database/database';
import { prepared } from '../database/statement';

/** A user's membership in the current transaction's workspace. */
export interface Standing {
  readonly userId: string;
  readonly memberId: string;
  readonly role: Role;
  readonly approver: boolean;
}

const STANDINGS = prepared(
  'standings',
  `select user_id as "userId", id as "memberId", role, approver from members
    where (user_id = any($1::uuid[]) or id = any($1::uuid[])) and removed_at is null`,
);

/** What people are, for who asks about others. */
@Injectable()
export class Standings {
  constructor(private readonly database: Database) {}

  /** The live members among these ids of users or members. One statement. */
  of(ids: readonly string[]): Promise<Standing[]> {
    return this.database.query<Standing>(STANDINGS, [ids]);
  }
}
