import { Injectable } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { prepared } from '../database/statement';
import { together } from '../database/together';
import { verifiedHere } from '../domains/domains.service';
import { RoleSync } from './grants/role-sync.service';
import { endedByArrival, waitingFor } from './invitations/ended-invitations';
import type { RuleList } from './grants/rule-evaluation';
import {
  type DirectoryMember,
  type DirectoryProfile,
  type FoundMember,
  MemberDirectoryService,
  MEMBER_ROW,
  memberOf,
} from './member-directory.service';
import { Member } from './member.entity';
import { Reinstatement } from './offboarding/reinstatement.service';

/** A person whom a directory wants to add as a member. */
export interface Arrival {
  readonly profile: DirectoryProfile;
  readonly active: boolean;
  /** The domain of the email address; null when it is not an address. */
  readonly emailDomain: string | null;
  /**
   * The id of the directory's credential, which must still be valid when the member is inserted. Null for a dry run.
   */
  readonly credentialId: string | null;
}

/** The added member, or the field that another member already has. */
export type Added = DirectoryMember | { readonly clash: 'userName' | 'email' };

/**
 * Adds the members in $1, each with a user: the one who has proven the address if the domain is verified by this
 * workspace, otherwise a new one. A newcomer whose name is taken is not added. The search for known users stays behind
 * `limit`, so that it is one index look-up per newcomer whatever PostgreSQL's statistics say. An open invitation ends
 * when its address lets the new member sign in; it is locked first, as accepting an invitation does, to avoid
 * deadlocks.
 */
const ADD = prepared(
  'add_members_of_directory',
  `with given as (
          select g.*, ${verifiedHere('g.domain')} as proven
            from jsonb_to_recordset($1::jsonb) as g(
              id uuid, user_id uuid, domain text, active boolean, user_name text, email text, external_id text,
              display_name text, given_name text, family_name text, department text, scim jsonb)
        ),
        waiting as materialized (
          select i.id, i.email from given g
           cross join lateral (select id, email from invitations where ${waitingFor('g.email')} limit 1 for update) i
           where g.proven and g.active
        ),
        known as (
          select g.id, u.id as user_id from given g
           cross join lateral (select id from users where email = g.email and email_claimed limit 1) u where g.proven
        ),
        made as (
          insert into users (id, email, email_claimed, name)
          select user_id, email, proven, display_name from given where id not in (select id from known)
                                                                  and (select count(*) from waiting) >= 0
          on conflict (email) where email_claimed do nothing returning id
        ),
        added as (
   insert into members as m (id, user_id, source, user_name, email, external_id, display_name, given_name, family_name,
                             department, scim, removed_at, removal_reason)
   select g.id, coalesce(k.user_id, g.user_id), 'scim', g.user_name, g.email, g.external_id, g.display_name,
          g.given_name, g.family_name, g.department, g.scim,
          case when not g.active then now() end, case when not g.active then 'scim' end
     from given g left join known k on k.id = g.id
    where k.id is not null or g.user_id in (select id from made)
   on conflict do nothing returning ${MEMBER_ROW} as member, m.email
        ),
        ended as (
          update invitations i set revoked_at = now() from waiting w
           where i.id = w.id and w.email in (select email from added) returning i.id, i.email
        )
   select member, (select e.id from ended e where e.email = added.email) as invitation from added`,
);

/** The newcomers of $1, if all of them are simply new and no rules give roles; else it fails, with GH005 for rules. */
const ADMIT = prepared('admit_members', 'select * from admit_members($1::jsonb)');

/** Fails with GH008 once one of the credentials has ended. */
const REFUSE_ENDED = prepared('refuse_ended_directories', 'select refuse_ended_directories($1)');

interface AddedRow extends FoundMember {
  /** The one that ended with the arrival. */
  readonly invitation: string | null;
}

interface Inserted {
  readonly member: DirectoryMember;
  readonly invitation: string | null;
}

interface AdmittedRow {
  readonly id: string;
  readonly user_id: string;
  readonly scim: Record<string, unknown>;
  readonly created_at: string;
}

/** The default grant of a member whom a directory adds, when no rule matches. */
export const NEWCOMER = { role: 'viewer', approver: false, source: 'scim' } as const;

/** People who are members once the transaction in flight is committed. */
export interface Admission {
  /** In the order in which they were given. */
  readonly ids: readonly string[];
  /** Comes after COMMIT; not to be waited for within the transaction. */
  readonly members: Promise<readonly DirectoryMember[]>;
}

/** Whether an admission failed because rules give roles here. */
export const isForRules = (failure: unknown): boolean =>
  failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === 'GH005';

/** Who has proved the address, for members of a domain that is proved here. */
const OWNER = `select id from users where email = $1 and email_claimed and ${verifiedHere('$2::text')}`;

/** Adds members on behalf of a directory. Records only the roles that rules give; the caller records the rest. */
@Injectable()
export class MemberArrival {
  constructor(
    private readonly database: Database,
    private readonly directory: MemberDirectoryService,
    private readonly roles: RoleSync,
    private readonly reinstatement: Reinstatement,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Adds a member with the role from the rules, otherwise viewer. When this workspace has verified the domain of the
   * address, the member belongs to the user with that proven address, or its new user becomes that; otherwise to a new
   * user, whom no sign-in finds by the address. Returns the field that clashes when another member has it. One round
   * trip, unless rules exist or the person was a member before; then calls `back`.
   */
  async add(arrival: Arrival, back?: (member: DirectoryMember) => Promise<unknown>): Promise<Added> {
    const [rules, [made]] = await this.inTurn([arrival]);
    const added = made ? this.settled(made) : await this.addAgain(arrival, back);
    return 'clash' in added ? added : this.judged(added, rules);
  }

  /**
   * As `add`, for newcomers without special cases, in the last statements of the transaction. Their ids are known
   * before, so that they can be recorded. The transaction fails when a name is taken, and when rules give roles: see
   * `isForRules`.
   */
  admit(arrivals: readonly Arrival[]): Admission {
    const rows = arrivals.map(rowOf);
    const admitted = this.database.conclude<AdmittedRow>(ADMIT, [JSON.stringify(rows)]);
    const members = admitted.then((found) => {
      const made = new Map(found.map((row) => [row.id, row]));
      return rows.map(({ id }, index) => newcomer(arrivals[index]!, made.get(id)!));
    });
    members.catch(() => undefined);
    return { ids: rows.map(({ id }) => id), members };
  }

  /**
   * As `add`, for several newcomers in one round trip, without applying the rules: call `judged` for each. Undefined
   * when a name is taken: roll back the transaction then and add each newcomer alone.
   */
  async addTogether(
    arrivals: readonly Arrival[],
  ): Promise<{ members: readonly DirectoryMember[]; rules: RuleList } | undefined> {
    const [rules, made] = await this.inTurn(arrivals);
    // Each of whom an invitation waited has that on a record of its own.
    const members = made.flatMap((one) => (one && !one.invitation ? [one.member] : []));
    return members.length === arrivals.length ? { members, rules } : undefined;
  }

  /** A new member with the role that the rules give. */
  async judged(member: DirectoryMember, rules: RuleList): Promise<DirectoryMember> {
    if ((await this.roles.welcome(member.id, rules)) === 'as before') return member;
    return (await this.directory.find(member.id))!;
  }

  /**
   * Throws 401 when one of the credentials has been revoked or has expired, even while this transaction waited for a
   * lock.
   */
  async refuseEnded(credentialIds: readonly string[]): Promise<void> {
    if (credentialIds.length > 0) await this.database.query(REFUSE_ENDED, [credentialIds]);
  }

  /**
   * Takes the lock that adding members shares: switching off a directory waits for it, and whoever tries to add
   * members after that is refused.
   */
  private async inTurn(
    arrivals: readonly Arrival[],
  ): Promise<[rules: RuleList, made: (Inserted | undefined)[]]> {
    const credentials = new Set(arrivals.flatMap(({ credentialId }) => credentialId ?? []));
    const [rules, , made] = await together(
      this.roles.enter(),
      this.refuseEnded([...credentials]),
      this.insert(arrivals),
    );
    return [rules, made];
  }

  /** The inserted members in order; undefined where a name is taken. */
  private async insert(arrivals: readonly Arrival[]): Promise<(Inserted | undefined)[]> {
    const rows = arrivals.map(rowOf);
    const found = await this.database.query<AddedRow>(ADD, [JSON.stringify(rows)]);
    const made = new Map(
      found.map((row) => [row.member.id, { member: memberOf(row), invitation: row.invitation }]),
    );
    return rows.map(({ id }) => made.get(id));
  }

  /** Puts the end of their invitation on record. */
  private settled({ member, invitation }: Inserted): DirectoryMember {
    if (invitation) this.trail.record(endedByArrival(invitation, member.email, member.id));
    return member;
  }

  /** Called when a name was taken: either by another member, or by the same person, who then returns. */
  private async addAgain(
    arrival: Arrival,
    back?: (member: DirectoryMember) => Promise<unknown>,
  ): Promise<Added> {
    const { profile, emailDomain } = arrival;
    const clash = await this.directory.findClash(profile);
    if (clash) return { clash };
    const [owner] = await this.database.query<{ id: string }>(OWNER, [profile.email, emailDomain]);
    const former = owner && (await this.bringBack(owner.id, arrival));
    if (former) {
      await back?.(former);
      return former;
    }
    // Whoever was in the way may have gone meanwhile.
    const [made] = await this.insert([arrival]);
    return made ? this.settled(made) : { clash: 'email' };
  }

  /** A user who left by a DELETE and is provisioned anew: the same member, starting over. */
  private async bringBack(
    userId: string,
    { profile, active }: Arrival,
  ): Promise<DirectoryMember | undefined> {
    const [former] = await this.database.query<{ id: string; removal_reason: string | null }>(
      `select id, removal_reason from members where user_id = $1 and scim_deleted_at is not null for no key update`,
      [userId],
    );
    if (!former) return undefined;
    await this.database.repository(Member).update(
      { id: former.id },
      {
        ...profile,
        scim: profile.scim as never,
        role: 'viewer',
        approver: false,
        source: 'scim',
        removedAt: active ? null : new Date(),
        removalReason: active ? null : 'scim',
        scimDeletedAt: null,
        updatedAt: () => 'now()',
      },
    );
    await this.reinstatement.onNewTerms(former.id, former.removal_reason);
    return this.directory.find(former.id);
  }
}

/** A member as they are when they come in. */
const newcomer = ({ profile, active }: Arrival, row: AdmittedRow): DirectoryMember => {
  const createdAt = new Date(row.created_at);
  return {
    ...profile,
    // As the database keeps it: in the order of its keys, which versions are made of.
    scim: row.scim,
    ...{ id: row.id, userId: row.user_id, ...NEWCOMER },
    ...{ createdAt, updatedAt: createdAt, removedAt: active ? null : createdAt },
  };
};

/** The ids are made here: the statement matches users with members by them, and the answer with who was given. */
const rowOf = ({ profile, active, emailDomain, credentialId }: Arrival) => ({
  ...{ id: uuidV7(), user_id: uuidV7(), domain: emailDomain, active, credential_id: credentialId },
  user_name: profile.userName,
  email: profile.email,
  external_id: profile.externalId,
  display_name: profile.displayName,
  given_name: profile.givenName,
  family_name: profile.familyName,
  department: profile.department,
  scim: profile.scim,
});
