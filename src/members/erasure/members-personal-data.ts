import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';

/** The personal data in members, users, grants and invitations. */
@Injectable()
export class MembersPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'membership';

  constructor(
    private readonly database: Database,
    private readonly data: PersonalData,
    private readonly trail: AuditTrail,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  async export({ memberId, userId, names }: KnownPerson): Promise<unknown> {
    const [profile] = await this.database.query(
      `select id, user_id as "userId", email, user_name as "userName", external_id as "externalId",
              display_name as "displayName", given_name as "givenName", family_name as "familyName", department, scim,
              role, approver, source, created_at as "createdAt", updated_at as "updatedAt", removed_at as "removedAt"
         from members where id = $1`,
      [memberId],
    );
    const [user] = await this.database.query(
      `select id, email, name, password_hash is not null as "hasPassword", created_at as "createdAt"
         from users where id = $1`,
      [userId],
    );
    const invitations = await this.database.query(
      `select id, email, role, created_at as "createdAt", accepted_at as "acceptedAt" from invitations
        where email = any($1) order by id`,
      [names],
    );
    const groups = await this.database.query(
      `select g.id, g.display_name as "displayName" from directory_group_members gm
         join directory_groups g on g.id = gm.group_id where gm.member_id = $1 order by g.id`,
      [memberId],
    );
    const grants = await this.database.query(
      `select kind, origin, role, approver, rule, approver_rule as "approverRule", created_at as "createdAt"
         from member_grants where member_id = $1 order by id`,
      [memberId],
    );
    const formerNames = await this.database.query<{ name: string }>(
      'select name from member_former_names where member_id = $1 order by name',
      [memberId],
    );
    return { profile, user, formerNames: formerNames.map(({ name }) => name), invitations, groups, grants };
  }

  /**
   * The rows stay, without personal data, because others refer to them. Directories no longer see the member, and
   * nobody can restore them.
   */
  async erase({ memberId, userId, names, isElsewhere }: KnownPerson): Promise<void> {
    const nobody = addressOfNobody(memberId);
    await this.database.query(
      `update members set email = $2, user_name = $2, external_id = null, display_name = null, given_name = null,
              family_name = null, department = null, scim = '{}', scim_deleted_at = coalesce(scim_deleted_at, now()),
              removal_reason = 'erased', updated_at = now()
        where id = $1`,
      [memberId, nobody],
    );
    await this.database.query('delete from member_former_names where member_id = $1', [memberId]);
    await this.endInvitations(memberId, names);
    await this.database.query(`update invitations set email = $2 || '-' || id where email = any($1)`, [
      names,
      nobody,
    ]);
    await this.database.query(
      'delete from user_workspaces where user_id = $1 and workspace_id = current_workspace_id()',
      [userId],
    );
    if (isElsewhere) return;
    await this.database.query(
      `update users set email = $2, name = null, password_hash = null, email_claimed = false where id = $1`,
      [userId, nobody],
    );
  }

  /** Also invitations to the person's other addresses: their links would let the erased person in as somebody new. */
  private async endInvitations(memberId: string, names: readonly string[]): Promise<void> {
    const ended = await this.database.query<{ id: string; email: string }>(
      `update invitations set revoked_at = now()
        where email = any($1) and accepted_at is null and revoked_at is null returning id, email`,
      [names],
    );
    for (const { id, email } of ended) {
      this.trail.record({
        type: 'workspace.invitation_revoked',
        target: { type: 'invitation', id },
        data: { email, reason: 'member_erased', memberId },
      });
    }
  }
}

/** An address in a domain that is never delivered to (RFC 2606). */
const addressOfNobody = (memberId: string): string => `erased-${memberId}@erased.invalid`;
