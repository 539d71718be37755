import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { Database } from '../../database/database';
import { NotFound } from '../../http/problems';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { AccessStore, type MemberAccess, type StoredGrant } from './access-store.service';
import { countedRole, type EffectiveAccess, effectiveAccess } from './effective-access';
import type { MatchedRule } from './role-rules';

/** An account at a provider that is linked to the member, and what the provider said of it last. */
export interface LinkedIdentity {
  readonly id: string;
  readonly connectionId: string;
  readonly connectionName: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  readonly department: string | null;
  readonly groups: string[] | null;
  readonly groupsAt: Date | null;
  readonly groupsOverage: boolean;
  readonly linkedAt: Date;
  readonly lastSignInAt: Date | null;
}

/** Why a member has the role they have. */
export interface AccessExplanation {
  readonly member: MemberAccess;
  readonly effective: EffectiveAccess<StoredGrant>;
  readonly identities: LinkedIdentity[];
  readonly explanation: string;
}

const IDENTITIES = `
  select i.id, i.connection_id as "connectionId", c.name as "connectionName", i.issuer, i.subject, i.email,
         nullif(i.department, '') as department, i.groups, i.groups_at as "groupsAt", i.groups_overage as "groupsOverage",
         i.created_at as "linkedAt", i.last_sign_in_at as "lastSignInAt"
    from identities i join sso_connections c on c.id = i.connection_id
   where i.member_id = $1 order by i.created_at, i.id`;

/** Says why somebody has a role, in facts and in words. */
@Injectable()
export class AccessExplanations {
  constructor(
    private readonly database: Database,
    private readonly store: AccessStore,
    private readonly policies: WorkspacePolicyService,
  ) {}

  /** Also of somebody who was removed. Throws NotFound. */
  async explain(id: string): Promise<AccessExplanation> {
    const [member] = await this.store.read([id]);
    if (!member) throw new NotFound('Member');
    const identities = await this.database.query<LinkedIdentity>(IDENTITIES, [id]);
    const effective = effectiveAccess(member.grants);
    const isHeld = member.role !== effective.role;
    const isBreakGlass = isHeld && (await this.policies.lastBreakGlassOf([id])).length > 0;
    const heldAs = isBreakGlass ? 'the last break-glass admin, and passwords are refused' : 'the last admin';
    return { member, effective, identities, explanation: inWords(member, effective, identities, heldAs) };
  }
}

function inWords(
  { role, approver, removed, grants }: MemberAccess,
  effective: EffectiveAccess<StoredGrant>,
  identities: readonly LinkedIdentity[],
  heldAs: string,
): string {
  const { decidedBy, approverBy } = effective;
  return [
    ...(removed ? ['This member is removed and may do nothing.'] : []),
    role === effective.role
      ? `The role is ${role} because ${decidedBy ? reasonOf(decidedBy) : 'nothing gives another one'}.`
      : `The role would be ${effective.role}, but it stays ${role}: this is ${heldAs}.`,
    ...(decidedBy ? capOf(decidedBy) : []),
    ...(approver && approverBy
      ? [`In the group approvers because ${reasonOf(approverBy, 'approver')}.`]
      : []),
    ...(decidedBy?.origin === 'override' && grants.length > 1
      ? ['That change by hand overrides every other grant until it is lifted.']
      : []),
    ...identities
      .filter(({ groupsOverage }) => groupsOverage)
      .map(
        ({ connectionName }) =>
          `${connectionName} said that there are too many groups to name; the groups known before were kept.`,
      ),
  ].join(' ');
}

function reasonOf(grant: StoredGrant, of: 'role' | 'approver' = 'role'): string {
  switch (grant.origin) {
    case 'founding':
      return 'this member founded the workspace';
    case 'invitation':
      return 'the invitation gave it';
    case 'override':
      return `${grant.authorEmail ?? 'an admin'} set it by hand`;
    case 'sign_in':
      return 'those who become members by signing in get it';
    case 'directory':
      return grant.kind === 'scim' ? 'the directory set it' : 'those whom the directory adds get it';
    case 'rules':
      return ruleReason((of === 'role' ? grant.rule : grant.approverRule) ?? grant.rule!);
  }
}

const SOURCES = {
  idp_group: 'the provider’s group',
  scim_group: 'the directory’s group',
  department: 'department',
};

const ruleReason = ({ position, source, value }: MatchedRule): string =>
  `rule ${position} matches ${SOURCES[source]} ${JSON.stringify(value)}`;

/** Said when whoever saved the rules holds less than the rules give. */
function capOf(grant: StoredGrant): string[] {
  const counted: Role | null = countedRole(grant);
  if (counted === grant.role) return [];
  const author = grant.authorEmail ?? 'their author';
  return [
    grant.authorRemoved
      ? `The rule says ${grant.role}, but ${author} who saved it has left, so it gives no more than viewer.`
      : `The rule says ${grant.role}, but ${author} who saved it is ${counted}, and rules give no more than that.`,
  ];
}
