import { Injectable } from '@nestjs/common';
import { type PlanWithout, refuseLacking } from '../access/plans';
import { Database } from '../database/database';
import { Conflict, type FieldError } from '../http/problems';

interface Facts {
  /** Set if the plan does not include single sign-on: then no connection works, active or not. */
  readonly lacking: PlanWithout | null;
  readonly connection: boolean;
  readonly domain: boolean;
  readonly test: boolean;
  readonly break_glass: boolean;
}

/**
 * Whether a workspace may enforce single sign-on. Each condition guards against locking everybody out when the
 * identity provider fails. Reads facts of rooms above, and changes nothing.
 */
@Injectable()
export class EnforcementService {
  constructor(private readonly database: Database) {}

  /**
   * The unmet conditions with these break-glass admins, each with what to do about it. Throws 403 `plan_required`.
   */
  async unmet(breakGlassMemberIds: readonly string[]): Promise<FieldError[]> {
    const [facts] = await this.database.query<Facts>(
      `select plan_without('sso') as lacking,
              exists (select from sso_connections where status = 'active') as connection,
              exists (select from verified_domains where workspace_id = current_workspace_id()) as domain,
              exists (${TESTED_BY_AN_ADMIN}) as test,
              has_working_break_glass_admin(current_workspace_id(), $1) as break_glass`,
      [breakGlassMemberIds],
    );
    refuseLacking('sso', facts?.lacking);
    return [
      ...(facts?.connection
        ? []
        : [{ field: 'active_connection', message: 'Activate a connection to your identity provider.' }]),
      ...(facts?.domain ? [] : [{ field: 'verified_domain', message: 'Verify a domain of your people.' }]),
      ...(facts?.test
        ? []
        : [{ field: 'passed_test', message: 'An admin must pass a test sign-in through the connection.' }]),
      ...(facts?.break_glass
        ? []
        : [
            {
              field: 'break_glass_admin',
              message: 'Name a break-glass admin who has a password and a second factor.',
            },
          ]),
    ];
  }

  /**
   * Throws 409 `enforcement_depends_on_it` if single sign-on is enforced and this is the only active connection. Turn
   * enforcement off or activate another connection first.
   */
  async refuseIfLastConnection(connectionId: string): Promise<void> {
    if (!(await this.isOn())) return;
    const [last] = await this.database.query(
      `select 1 where exists (select from sso_connections where id = $1 and status = 'active')
          and not exists (select from sso_connections where id <> $1 and status = 'active')`,
      [connectionId],
    );
    if (last) throw dependsOnIt('the last active connection');
  }

  /**
   * Whether it is enforced. Locks the policy until the transaction ends, so that enforcement cannot change while
   * something it depends on does.
   */
  private async isOn(): Promise<boolean> {
    const [policy] = await this.database.query<{ sso_enforced: boolean }>(
      'select sso_enforced from workspace_policies for no key update',
    );
    return policy?.sso_enforced === true;
  }
}

/**
 * True if a present admin has passed a test sign-in through an active connection, with the current settings or with
 * the latest ones that worked, which are restored if the current ones fail. If no connection is active, a test
 * through one that could be activated counts.
 */
const TESTED_BY_AN_ADMIN = `
  select from sso_connections c
    join connection_revisions r on r.connection_id = c.id
    join members m on m.user_id = (r.tested_by ->> 'id')::uuid
   where (c.status = 'active' or not exists (select from sso_connections where status = 'active'))
     and r.tested_by ->> 'type' = 'user' and m.role = 'admin' and m.removed_at is null
     and r.number = (select max(g.number) from connection_revisions g
                      where g.connection_id = c.id and (g.tested_at is not null or g.proven_at is not null))`;

function dependsOnIt(what: string): Conflict {
  return new Conflict(
    'enforcement_depends_on_it',
    `This workspace refuses passwords, and this is ${what}: without it nobody could sign in. Turn enforcement off first.`,
  );
}
