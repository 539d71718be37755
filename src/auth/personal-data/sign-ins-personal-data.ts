import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { Clearance, faded } from '../../schedule/clearance';
import { FactorRemoval } from '../factors/factor-removal.service';

/** How somebody signed in: accounts at providers, sessions, factors, and whatever is under way. */
@Injectable()
export class SignInsPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'signIns';

  constructor(
    private readonly database: Database,
    private readonly data: PersonalData,
    private readonly removal: FactorRemoval,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  async export({ memberId, names }: KnownPerson): Promise<unknown> {
    const rowsOf = (sql: string, parameter: unknown) => this.database.query(sql, [parameter]);
    return {
      identities: await rowsOf(
        `select connection_id as "connectionId", issuer, subject, email, nullif(department, '') as department, groups,
                created_at as "createdAt", last_sign_in_at as "lastSignInAt" from identities where member_id = $1 order by id`,
        memberId,
      ),
      sessions: await rowsOf(
        `select id, method, amr, authenticated_at as "authenticatedAt", last_used_at as "lastUsedAt",
                ended_at as "endedAt", ip, user_agent as "userAgent" from sessions where member_id = $1 order by id`,
        memberId,
      ),
      factors: await rowsOf(
        `select id, type, name, phone_hint as phone, created_at as "createdAt", last_used_at as "lastUsedAt" from factors
          where member_id = $1 order by id`,
        memberId,
      ),
      conflicts: await rowsOf(
        `select id, issuer, subject, email, display_name as "displayName", created_at as "createdAt"
           from identity_conflicts where email = any($1) order by id`,
        names,
      ),
    };
  }

  /** Whoever begins a sign-in may name anybody, as often as they like. */
  sweep({ names }: KnownPerson): Promise<void> {
    return this.clearance.wholly(
      faded('sign_in_requests', 'login_hint = null', 'lower(login_hint) = any($1)', [names]),
    );
  }

  async erase(person: KnownPerson): Promise<void> {
    const { memberId, names } = person;
    for (const table of ['sessions', 'sign_in_codes']) {
      await this.clearance.wholly(
        faded(
          table,
          'ip = null, user_agent = null, logout_hint = null, idp_session_id = null',
          'member_id = $1 and num_nonnulls(ip, user_agent, logout_hint, idp_session_id) > 0',
          [memberId],
        ),
      );
    }
    // The account at the provider is no way in any more; the row stays for the sessions that came through it.
    await this.database.query(
      `update identities set issuer = 'erased', subject = id::text, email = null, department = null, groups = null
        where member_id = $1`,
      [memberId],
    );
    await this.removal.forget(memberId);
    await this.database.query(
      `update link_proofs set issuer = 'erased', subject = id::text, consumed_at = coalesce(consumed_at, now())
        where member_id = $1`,
      [memberId],
    );
    await this.database.query(
      `update identity_conflicts
          set issuer = 'erased', subject = id::text, email = 'erased', display_name = null,
              resolved_at = coalesce(resolved_at, now()), resolution = coalesce(resolution, 'dismissed')
        where member_id = $1 or lower(email) = any($2)`,
      [memberId, names],
    );
    await this.sweep(person);
  }
}
