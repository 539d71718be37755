import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../../audit/seals/canonical-json';
import { sha256 } from '../../crypto/sha256';
import { shownNameIn } from '../shown-name';

/** What a review records of a member without personal data: ids, roles, sources and times. */
export interface ReviewedFacts {
  readonly role: string;
  readonly approver: boolean;
  readonly source: string;
  readonly joinedAt: string;
  readonly lastSeenAt: string | null;
  readonly factors: readonly string[];
  /** Every grant of the member, with the connection, group or rule it comes from. */
  readonly grants: readonly {
    readonly kind: string;
    readonly origin: string;
    readonly role: string | null;
    readonly approver: boolean | null;
    readonly rule: unknown;
    readonly authorId: string | null;
    readonly since: string;
  }[];
  readonly apiKeys: readonly {
    readonly id: string;
    readonly scopes: readonly string[];
    readonly createdAt: string;
    readonly expiresAt: string | null;
    readonly lastUsedAt: string | null;
  }[];
  readonly groupIds: readonly string[];
}

/** What a review records of a member that identifies them. Keys and groups are named by id. */
export interface ReviewedPerson {
  readonly email: string;
  readonly displayName: string | null;
  readonly apiKeyNames: Readonly<Record<string, string>>;
  readonly groupNames: Readonly<Record<string, string>>;
}

/** A value with a random salt, so that its commitment cannot be guessed from likely values. */
export type Salted<T> = T & { readonly salt: string };

export const salted = <T extends object>(value: T): Salted<T> => ({
  ...value,
  salt: randomBytes(16).toString('base64'),
});

/** The hash that stands in the signed result in place of personal data. */
export const commitmentTo = (value: Salted<object>): string =>
  sha256(canonicalJson(value)).toString('base64');

/**
 * Selects the members in a scope and locks them, so that nobody is erased while they are recorded. $1: roles, $2:
 * sources, $3: not seen for this many days; each may be null. $4: the last id of the previous portion, $5: the size
 * of the portion.
 */
export const REVIEWED_MEMBERS = `
  select m.id, m.email, ${shownNameIn('m')} as "displayName",
         jsonb_build_object(
           'role', m.role, 'approver', m.approver, 'source', m.source, 'joinedAt', m.created_at, 'lastSeenAt', seen.at,
           'factors', array(select distinct f.type from factors f
                             where f.member_id = m.id and f.confirmed_at is not null and f.type <> 'recovery' order by 1),
           'grants', coalesce(
             (select jsonb_agg(jsonb_build_object('kind', g.kind, 'origin', g.origin, 'role', g.role,
                       'approver', g.approver, 'rule', g.rule, 'authorId', g.author_id, 'since', g.created_at)
                       order by g.created_at, g.id) from member_grants g where g.member_id = m.id), '[]'),
           'apiKeys', coalesce(
             (select jsonb_agg(jsonb_build_object('id', k.id, 'scopes', k.scopes, 'createdAt', k.created_at,
                       'expiresAt', k.expires_at, 'lastUsedAt', k.last_used_at) order by k.id)
                from api_keys k where k.created_by = m.id and k.revoked_at is null
                                  and (k.expires_at is null or k.expires_at > now())), '[]'),
           'groupIds', array(select gm.group_id from directory_group_members gm where gm.member_id = m.id order by 1)
         ) as facts,
         coalesce((select jsonb_object_agg(k.id, k.name) from api_keys k
                    where k.created_by = m.id and k.revoked_at is null), '{}') as "apiKeyNames",
         coalesce((select jsonb_object_agg(g.id, g.display_name) from directory_group_members gm
                     join directory_groups g on g.id = gm.group_id where gm.member_id = m.id), '{}') as "groupNames"
    from members m
    left join lateral (select max(s.last_used_at) as at from sessions s where s.member_id = m.id) seen on true
   where m.removed_at is null and m.id > $4
     and ($1::text[] is null or m.role = any($1)) and ($2::text[] is null or m.source = any($2))
     and ($3::int is null or coalesce(seen.at, m.created_at) < now() - make_interval(days => $3))
   order by m.id limit $5 for share of m`;

/** A row of REVIEWED_MEMBERS. */
export interface ReviewedMember extends ReviewedPerson {
  readonly id: string;
  readonly facts: ReviewedFacts;
}
