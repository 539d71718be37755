import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import type { JoinedMember } from '../../members/member-joining.service';
import type { FederatedLogin, SigningConnection } from '../browser/federated-login';
import { readEmail } from './email-address';
import { groupsToKeep } from './known-groups';

/** An identity that is linked already. */
export interface KnownIdentity {
  readonly id: string;
  readonly memberId: string;
  /** Whether the provider says something else now that rules may be about, or says it of another account than last. */
  readonly factsChanged: boolean;
  /** Whether the provider began to say that there are too many groups to name. */
  readonly overageBegan: boolean;
  /** Held until the transaction ends, so that nobody removes them meanwhile; absent where facts changed. */
  readonly member: JoinedMember | undefined;
}

interface RecognisedRow extends Omit<KnownIdentity, 'member'> {
  userId: string | null;
  memberEmail: string;
  removed: boolean;
}

/** By which road an identity was linked, as the record says it. */
export type LinkedBy =
  'first_sign_in' | 'verified_domain' | 'proof_by_session' | 'proof_by_password' | 'admin';

export interface Linking {
  readonly connectionId: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string | undefined;
}

/** Each takes along what refers to it: a few thousand are far from the time that a statement has. */
const MOST_AT_ONCE = 2_000;

const NO_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Reads the identity before it is changed, so that one statement says what changed. Of somebody whose facts changed
 * the member is not held yet: that takes another lock, and one must not come after the other. Other accounts of theirs
 * are looked for in the order of issuers: only the index by the member has it, so nobody else's are read. Of whom a
 * department was named and none is any more, it is empty, as groups are: what the profile says does not count again.
 */
const RECOGNISE = prepared(
  'recognise_identity',
  `with was as materialized (
     select groups, department, groups_overage, last_sign_in_at from identities
      where connection_id = $1 and issuer = $2 and subject = $3 for no key update
   ), known as (
     update identities i
        set last_sign_in_at = now(),
            email = coalesce($4, i.email),
            department = coalesce($5, case when i.department is not null then '' end),
            groups = case when $7 or $6 = i.groups then i.groups when $6::text[] is null then i.groups[1:0] else $6 end,
            groups_at = case when $7 or coalesce($6, i.groups) is null then i.groups_at else now() end,
            groups_overage = $7
       from was where i.connection_id = $1 and i.issuer = $2 and i.subject = $3
     returning i.id, i.member_id, i.groups_overage and not was.groups_overage as overage_began,
               i.groups is distinct from was.groups or i.department is distinct from was.department
                 or i.groups is null and i.groups_overage <> was.groups_overage
                 or exists (select from (select * from identities where member_id = i.member_id order by issuer offset 0) o
                             where o.id <> i.id and (o.connection_id = i.connection_id or o.department <> i.department)
                               and o.last_sign_in_at > coalesce(was.last_sign_in_at, '-infinity')) as facts_changed
   ), held as (
     select m.id, m.user_id, m.email, m.removed_at is not null as removed from members m
      where m.id = (select member_id from known where not facts_changed) for share
   )
   select known.id, known.member_id as "memberId", overage_began as "overageBegan", facts_changed as "factsChanged",
          held.user_id as "userId", held.email as "memberEmail", held.removed
     from known left join held on true`,
);

/** Which account at a provider is which member, and what the provider last said of it. */
@Injectable()
export class IdentityLinks {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * The identity, if it is linked, with what the provider says now kept in the place of what it said before. Groups
   * that it named before and does not speak of any more are none: most leave the attribute out when there is nothing to
   * put into it. Of too many to name, those known before stay. One statement.
   */
  async recognise(connection: SigningConnection, login: FederatedLogin): Promise<KnownIdentity | undefined> {
    const { issuer, subject } = login;
    const [row] = await this.database.query<RecognisedRow>(RECOGNISE, [
      connection.id,
      issuer,
      subject,
      ...saidBy(login),
    ]);
    if (!row) return undefined;
    const { userId, memberEmail: email, removed, ...known } = row;
    return { ...known, member: userId === null ? undefined : { id: known.memberId, userId, email, removed } };
  }

  /** The identity, if it is linked. Changes nothing. */
  async find(
    connectionId: string,
    { issuer, subject }: Pick<FederatedLogin, 'issuer' | 'subject'>,
  ): Promise<{ id: string; memberId: string } | undefined> {
    const [known] = await this.database.query<{ id: string; memberId: string }>(
      `select id, member_id as "memberId" from identities where connection_id = $1 and issuer = $2 and subject = $3`,
      [connectionId, issuer, subject],
    );
    return known;
  }

  /** Whom this connection knows, no more than so many. */
  async membersOf(connectionId: string, most: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      'select distinct member_id as id from identities where connection_id = $1 limit $2',
      [connectionId, most],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Ahead of a connection that is deleted: holds what it knows, and then whom, in the order in which whoever signs in, or
   * stays in, does. Answers whom.
   */
  async holdAllOf(connectionId: string): Promise<string[]> {
    const identities = await this.database.query<{ memberId: string }>(
      'select member_id as "memberId" from identities where connection_id = $1 order by id for no key update',
      [connectionId],
    );
    const members = await this.database.query<{ id: string }>(
      'select id from members where id = any($1) order by id for no key update',
      [identities.map(({ memberId }) => memberId)],
    );
    return members.map(({ id }) => id);
  }

  /** Ahead of a connection that is deleted: what it knows of very many, in portions that statements have time for. */
  async forgetAllOf(connectionId: string): Promise<void> {
    let last: string | null = NO_ID;
    while (last !== null) {
      // On from where the portion before ended: looked for from the start, each would pass all that are gone.
      const [row]: { last: string | null }[] = await this.database.query<{ last: string | null }>(
        `with portion as (select id from identities where id > $1 and connection_id = $2 order by id limit $3),
              gone as (delete from identities where id in (select id from portion))
         select (select id from portion order by id desc limit 1) as last`,
        [last, connectionId, MOST_AT_ONCE],
      );
      last = row!.last;
    }
  }

  /** Links an identity that the person just signed in with. Answers its id. */
  async linkSignedIn(
    connection: SigningConnection,
    login: FederatedLogin,
    member: { readonly id: string; readonly userId: string; readonly email: string },
    how: LinkedBy,
  ): Promise<string> {
    const others = await this.otherSubjects(connection.id, member.id);
    const { issuer, subject, groups, groupsOverage } = login;
    const [email, department] = saidBy(login);
    const kept = groupsOverage ? null : (groupsToKeep(groups) ?? null);
    const [identity] = await this.database.query<{ id: string }>(
      `insert into identities (connection_id, issuer, subject, member_id, email, department, groups, groups_at,
                               groups_overage, last_sign_in_at)
       values ($1, $2, $3, $4, $5, $6, $7, case when $7::text[] is not null then now() end, $8, now()) returning id`,
      [connection.id, issuer, subject, member.id, email, department, kept, groupsOverage === true],
    );
    const actor = { type: 'user', id: member.userId, email: member.email } as const;
    this.recordLinked({ connectionId: connection.id, issuer, subject }, member.id, how, others, actor);
    return identity!.id;
  }

  /**
   * Links an identity that may sign in from now on. Answers whether that made a link, or which member has the
   * identity already.
   */
  async link(
    linking: Linking,
    memberId: string,
    how: LinkedBy,
    actor?: Actor,
  ): Promise<'linked' | 'already' | 'elsewhere'> {
    const { connectionId, issuer, subject, email } = linking;
    const others = await this.otherSubjects(connectionId, memberId);
    const [made] = await this.database.query(
      `insert into identities (connection_id, issuer, subject, member_id, email) values ($1, $2, $3, $4, $5)
       on conflict (connection_id, issuer, subject) do nothing returning id`,
      [connectionId, issuer, subject, memberId, email ?? null],
    );
    if (!made) {
      const known = await this.find(connectionId, { issuer, subject });
      return known?.memberId === memberId ? 'already' : 'elsewhere';
    }
    this.recordLinked({ connectionId, issuer, subject }, memberId, how, others, actor);
    return 'linked';
  }

  /** Two first sign-ins of one person take turns; the second finds what the first one made. */
  async takeTurn(address: string): Promise<void> {
    await this.database.query(
      `select pg_advisory_xact_lock(hashtextextended('first sign-in|' || current_workspace_id()::text || '|' || $1, 0))`,
      [address],
    );
  }

  /** Says, once per change, that a provider named only some groups or none because there are too many. */
  recordOverage(connection: SigningConnection, login: FederatedLogin, memberId: string): void {
    this.trail.record({
      type: 'sso.groups_overage',
      target: { type: 'member', id: memberId },
      actor: { type: 'system', id: null },
      data: { connectionId: connection.id, subject: login.subject, kept: 'the groups known before' },
    });
  }

  /**
   * A member whom this connection knew under another subject may have changed a name there, or the address may have
   * been given to somebody new: worth a look, so the event is of high risk.
   */
  private recordLinked(
    { connectionId, issuer, subject }: Linking,
    memberId: string,
    how: LinkedBy,
    otherSubjects: readonly string[],
    actor?: Actor,
  ): void {
    this.trail.record({
      type: 'sso.identity_linked',
      target: { type: 'member', id: memberId },
      ...(actor && { actor }),
      data: { connectionId, issuer, subject, otherSubjects, how },
      ...(otherSubjects.length > 0 ? { risk: 'high' as const } : {}),
    });
  }

  private async otherSubjects(connectionId: string, memberId: string): Promise<string[]> {
    const rows = await this.database.query<{ subject: string }>(
      'select subject from identities where connection_id = $1 and member_id = $2',
      [connectionId, memberId],
    );
    return rows.map(({ subject }) => subject);
  }
}

export type Actor = { readonly type: 'user'; readonly id: string; readonly email: string };

/** The address, the department, the groups and whether there are too many, as parameters of a statement. */
function saidBy({ email, department, groups, groupsOverage }: FederatedLogin): unknown[] {
  return [
    email === undefined ? null : (readEmail(email)?.address ?? null),
    department?.trim() ? department.replaceAll('\u0000', '').slice(0, 256) : null,
    groupsToKeep(groups) ?? null,
    groupsOverage === true,
  ];
}
