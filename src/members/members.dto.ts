import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsString, Length, Matches, MaxLength } from 'class-validator';
import { type Role, ROLES } from '../access/permissions';
import { PageQuery, pageOf } from '../http/page';
import { WhenGiven } from '../http/when-given';
import type { MemberCounts, MemberFacts } from './list/member-list.service';
import { MEMBER_SORTS, NEWEST_FIRST } from './list/member-order';
import type { Member, MemberSource } from './member.entity';
import { shownNameOf } from './shown-name';

const SOURCES: MemberSource[] = ['founder', 'invitation', 'jit', 'scim', 'manual'];

export class MemberQuery extends PageQuery {
  @ApiPropertyOptional({
    description:
      'Comparisons of `email`, `displayName`, `role`, `status` (`active`, `removed`) or `source` with a quoted ' +
      'value by `eq`, `ne`, `co` (contains) or `sw` (starts with), joined by `and` and `or`; `and` binds tighter. ' +
      'Without a filter removed members are listed too. Say `role eq "admin" and status eq "active"`, for one.',
  })
  @WhenGiven()
  @IsString()
  @MaxLength(1000)
  filter?: string;

  @ApiPropertyOptional({
    description: 'The beginning of an address, of a name or of a family name, in whatever case: `lovel`',
  })
  @WhenGiven()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @Matches(/^\P{Cc}*$/u, { message: 'search must be one line of readable text' })
  @Length(1, 100)
  @IsString()
  search?: string;

  @ApiPropertyOptional({
    enum: MEMBER_SORTS,
    default: NEWEST_FIRST,
    description: 'A minus turns the order round. Who was never seen comes before all who were.',
  })
  @WhenGiven()
  @IsIn(MEMBER_SORTS)
  sort?: string;
}

const FORMATS = ['csv', 'ndjson'] as const;

export class MemberExportQuery extends OmitType(MemberQuery, ['limit', 'cursor', 'sort']) {
  @ApiPropertyOptional({
    enum: FORMATS,
    default: 'csv',
    description: '`csv` is for spreadsheets; each line of `ndjson` is a member as the list has them',
  })
  @WhenGiven()
  @IsIn(FORMATS)
  format?: (typeof FORMATS)[number];
}

export class UpdateMemberDto {
  @ApiPropertyOptional({
    enum: ROLES,
    description: 'What they may do; `GET /v1/roles` says what each role includes',
  })
  @WhenGiven()
  @IsIn(ROLES)
  role?: Role;

  @ApiPropertyOptional({ description: 'Whether the member is in the group `approvers`' })
  @WhenGiven()
  @IsBoolean()
  approver?: boolean;
}

export class MemberMfaDto {
  @ApiProperty({
    description:
      'Whether a second factor is set up here; what an identity provider asks of people is its own affair',
  })
  enrolled: boolean;

  @ApiProperty({
    type: [String],
    example: ['totp'],
    description: 'The kinds of factors that are set up, each once',
  })
  factors: string[];
}

export class MemberDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The person; the same in every workspace' })
  userId: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ type: String, nullable: true, description: 'Their name as far as anybody told one' })
  displayName: string | null;

  @ApiProperty({ enum: ROLES, description: 'What they may do; `GET /v1/roles` says what each role includes' })
  role: Role;

  @ApiProperty({ description: 'Whether the member is in the group `approvers`' })
  approver: boolean;

  @ApiProperty({
    enum: ['active', 'removed'],
    description: '`removed`: may not sign in, and can be restored',
  })
  status: 'active' | 'removed';

  @ApiProperty({ enum: SOURCES, description: 'How the person came in' })
  source: MemberSource;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: is a member' })
  removedAt: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'removed_by_admin',
    description: 'null: is a member',
  })
  removalReason: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Last use of a session' })
  lastSeenAt: string | null;

  @ApiProperty({ type: MemberMfaDto })
  mfa: MemberMfaDto;

  static of(member: Member, all: ReadonlyMap<string, MemberFacts>): MemberDto {
    const { lastSeenAt = null, factors = [] } = all.get(member.id) ?? {};
    return {
      id: member.id,
      userId: member.userId,
      email: member.email,
      displayName: shownNameOf(member),
      role: member.role,
      approver: member.approver,
      status: member.removedAt ? 'removed' : 'active',
      source: member.source,
      createdAt: member.createdAt.toISOString(),
      updatedAt: member.updatedAt.toISOString(),
      removedAt: member.removedAt?.toISOString() ?? null,
      removalReason: member.removalReason,
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
      mfa: { enrolled: factors.length > 0, factors: [...factors] },
    };
  }
}

export class MemberCountsDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { active: 41, removed: 3 },
    description: 'How many members stand so',
  })
  status: Record<'active' | 'removed', number>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Of active members, as the sources too',
    example: { admin: 2, editor: 9, viewer: 30 },
  })
  role: Record<string, number>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { scim: 38, founder: 1 },
    description: 'How many members came in so',
  })
  source: Record<string, number>;

  static of({ active, removed, roles, sources }: MemberCounts): MemberCountsDto {
    return { status: { active, removed }, role: { ...roles }, source: { ...sources } };
  }
}

export const MemberPage = pageOf(MemberDto);
