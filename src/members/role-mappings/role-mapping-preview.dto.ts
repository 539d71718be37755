import { ApiProperty } from '@nestjs/swagger';
import { type Role, ROLES } from '../../access/permissions';
import { RULE_SOURCES, type RuleSource } from '../grants/role-rules';
import { MOST_SHOWN, type Preview } from './role-mapping-preview.service';

export class AccessDto {
  @ApiProperty({ enum: ROLES, description: 'What they may do; `GET /v1/roles` says what each role includes' })
  role: Role;

  @ApiProperty({ description: 'Whether the member is in the group `approvers`' })
  approver: boolean;
}

export class MatchedRuleDto {
  @ApiProperty({ minimum: 1, description: 'Its place in the list' })
  position: number;

  @ApiProperty({
    enum: RULE_SOURCES,
    description: 'A group at the identity provider, a group of the directory, or a department',
  })
  source: RuleSource;

  @ApiProperty({ description: 'The group or department, as it is written there' })
  value: string;

  @ApiProperty({ enum: ROLES, description: 'What the rule says; it gives no more than its author holds' })
  role: Role;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The connection that said so' })
  connectionId: string | null;
}

class PreviewedChangeDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ type: AccessDto })
  before: AccessDto;

  @ApiProperty({ type: AccessDto })
  after: AccessDto;

  @ApiProperty({
    type: MatchedRuleDto,
    nullable: true,
    description: 'Null: something else than a rule decides',
  })
  rule: MatchedRuleDto | null;
}

class PreviewCountsDto {
  @ApiProperty({ description: 'Live members' })
  members: number;

  @ApiProperty({ description: 'How many would have more than now' })
  gain: number;

  @ApiProperty({ description: 'How many would have less than now' })
  lose: number;

  @ApiProperty({ description: 'How many `denied` is about; 0 where the policy demands no mapping' })
  denied: number;
}

class DeniedMemberDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ format: 'email' })
  email: string;
}

class PreviewWarningDto {
  @ApiProperty({
    enum: ['last_admin', 'break_glass_required', 'you_lose_admin', 'rule_matches_nobody'],
    description: 'What it is about; stable',
  })
  code: string;

  @ApiProperty({ description: 'What would happen, in a sentence' })
  detail: string;

  @ApiProperty({ type: Number, nullable: true, description: 'The place of the rule in the list' })
  position: number | null;
}

class PreviewedSubjectDto extends AccessDto {
  @ApiProperty({
    type: MatchedRuleDto,
    nullable: true,
    description: 'The rule that gives the role; null: none matches',
  })
  rule: MatchedRuleDto | null;

  @ApiProperty({
    type: MatchedRuleDto,
    nullable: true,
    description: 'The rule that gives the group `approvers`; null: none does',
  })
  approverRule: MatchedRuleDto | null;

  @ApiProperty({ description: 'Whether a first sign-in of somebody like this would be refused' })
  denied: boolean;
}

export class RoleMappingPreviewDto {
  @ApiProperty({
    type: [PreviewedChangeDto],
    description: `Whoever would have less comes first. ${MOST_SHOWN} at most; counts has all`,
  })
  changes: PreviewedChangeDto[];

  @ApiProperty({ type: PreviewCountsDto })
  counts: PreviewCountsDto;

  @ApiProperty({
    type: [DeniedMemberDto],
    description:
      'When the policy demands a mapping: members who came in by signing in and whom no rule matches. They stay, but ' +
      `a first sign-in of somebody like them would be refused. ${MOST_SHOWN} at most; counts has all`,
  })
  denied: DeniedMemberDto[];

  @ApiProperty({ type: [PreviewWarningDto], description: 'What deserves a look before these are saved' })
  warnings: PreviewWarningDto[];

  @ApiProperty({
    type: PreviewedSubjectDto,
    nullable: true,
    description: 'What the rules make of the subject of the request; null: there was none',
  })
  subject: PreviewedSubjectDto | null;

  static of({ changes, counts, denied, warnings, subject }: Preview): RoleMappingPreviewDto {
    return {
      changes,
      counts,
      denied,
      warnings,
      subject,
    };
  }
}
