import { ApiProperty } from '@nestjs/swagger';
import { type Role, ROLES } from '../access/permissions';
import { RULE_SOURCES, type RuleSource } from './grants/role-rules';
import type { AccessExplanation, LinkedIdentity } from './grants/access-explanation.service';
import type { StoredGrant } from './grants/access-store.service';
import { countedRole, type GrantKind, type GrantOrigin } from './grants/effective-access';

class GrantRuleDto {
  @ApiProperty({ minimum: 1, description: 'Its place in the list when it matched' })
  position: number;

  @ApiProperty({
    enum: RULE_SOURCES,
    description: 'A group at the identity provider, a group of the directory, or a department',
  })
  source: RuleSource;

  @ApiProperty({ description: 'The group or department, as it is written there' })
  value: string;

  @ApiProperty({ enum: ROLES, description: 'What it gives; no more than whoever saved the rules holds' })
  role: Role;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The connection that said so' })
  connectionId: string | null;
}

class GrantAuthorDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ type: String, format: 'email', nullable: true })
  email: string | null;

  @ApiProperty({ enum: ROLES, nullable: true, description: 'What they hold now' })
  role: Role | null;

  @ApiProperty({ description: 'Whether they were removed since' })
  removed: boolean;
}

class GrantDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: ['manual', 'rule', 'scim', 'default'],
    description: '`default`: counts only where nothing else gives a role',
  })
  kind: GrantKind;

  @ApiProperty({
    enum: ['founding', 'invitation', 'override', 'rules', 'sign_in', 'directory'],
    description: 'How it came about',
  })
  origin: GrantOrigin;

  @ApiProperty({ enum: ROLES, nullable: true, description: 'Null: it says nothing about the role' })
  role: Role | null;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: 'Null: it says nothing about the group approvers',
  })
  approver: boolean | null;

  @ApiProperty({ description: 'Whether every other grant stands back behind it' })
  overrides: boolean;

  @ApiProperty({
    enum: ROLES,
    nullable: true,
    description: 'Rules give no more than whoever saved them holds',
  })
  countsAs: Role | null;

  @ApiProperty({ description: 'Whether it is the one that decides the role' })
  decides: boolean;

  @ApiProperty({
    type: GrantRuleDto,
    nullable: true,
    description: 'The rule that gives the role; null: no rule does',
  })
  rule: GrantRuleDto | null;

  @ApiProperty({ type: GrantRuleDto, nullable: true, description: 'The rule that gives the group approvers' })
  approverRule: GrantRuleDto | null;

  @ApiProperty({ format: 'date-time', description: 'When it was given' })
  since: string;

  @ApiProperty({ type: GrantAuthorDto, nullable: true, description: 'Who gave it, or saved the rule' })
  by: GrantAuthorDto | null;
}

class KnownGroupsDto {
  @ApiProperty({ format: 'uuid' })
  connectionId: string;

  @ApiProperty({ description: 'Its name' })
  connection: string;

  @ApiProperty({ description: 'What the identity provider calls itself' })
  issuer: string;

  @ApiProperty({ description: 'What it calls the person' })
  subject: string;

  @ApiProperty({ type: String, nullable: true, description: 'The address the provider last named' })
  email: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As it last said; null: nothing' })
  department: string | null;

  @ApiProperty({
    type: [String],
    nullable: true,
    description: 'Null: the provider never said anything about groups',
  })
  groups: string[] | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it last named them' })
  groupsAt: string | null;

  @ApiProperty({ description: 'The provider has more groups than it names: what was known before was kept' })
  overage: boolean;

  @ApiProperty({ format: 'date-time', description: 'When the account there was linked with the member' })
  linkedAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: never' })
  lastSignInAt: string | null;

  static of(identity: LinkedIdentity): KnownGroupsDto {
    return {
      connectionId: identity.connectionId,
      connection: identity.connectionName,
      issuer: identity.issuer,
      subject: identity.subject,
      email: identity.email,
      department: identity.department,
      groups: identity.groups,
      groupsAt: identity.groupsAt?.toISOString() ?? null,
      overage: identity.groupsOverage,
      linkedAt: identity.linkedAt.toISOString(),
      lastSignInAt: identity.lastSignInAt?.toISOString() ?? null,
    };
  }
}

export class MemberAccessDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ enum: ROLES, description: 'What every request of the member is judged by' })
  role: Role;

  @ApiProperty({ description: 'Whether the member is in the group `approvers`' })
  approver: boolean;

  @ApiProperty({
    description:
      'Whether the role is kept only because this is the last admin, or the last break-glass admin',
  })
  held: boolean;

  @ApiProperty({ description: 'Which grant decides, and why, in words' })
  explanation: string;

  @ApiProperty({ type: [GrantDto], description: 'Oldest first' })
  grants: GrantDto[];

  @ApiProperty({
    type: [KnownGroupsDto],
    description: 'Accounts at providers, with what was last said of each',
  })
  identities: KnownGroupsDto[];

  @ApiProperty({ type: [String], description: 'Groups of the directory; it provisions none yet' })
  scimGroups: string[];

  @ApiProperty({ type: String, nullable: true, description: 'What rules about departments look at' })
  department: string | null;

  static of({ member, effective, identities, explanation }: AccessExplanation): MemberAccessDto {
    return {
      memberId: member.id,
      email: member.email,
      role: member.role,
      approver: member.approver,
      held: member.role !== effective.role,
      explanation,
      grants: member.grants.map((grant) => shown(grant, grant === effective.decidedBy)),
      identities: identities.map(KnownGroupsDto.of),
      scimGroups: [...member.facts.scimGroups],
      department: member.facts.department,
    };
  }
}

function shown(grant: StoredGrant, decides: boolean): GrantDto {
  const { id, kind, origin, role, approver, rule, approverRule, authorId } = grant;
  return {
    id,
    kind,
    origin,
    role,
    approver,
    overrides: origin === 'override',
    countsAs: countedRole(grant),
    decides,
    rule,
    approverRule,
    since: new Date(grant.createdAt).toISOString(),
    by: authorId
      ? { memberId: authorId, email: grant.authorEmail, role: grant.authorRole, removed: grant.authorRemoved }
      : null,
  };
}
