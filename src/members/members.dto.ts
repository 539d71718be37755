import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsString, MaxLength } from 'class-validator';
import { type Role, ROLES } from '../access/permissions';
import { PageQuery, pageOf } from '../http/page';
import { WhenGiven } from '../http/when-given';
import type { Member, MemberSource } from './member.entity';

const SOURCES: MemberSource[] = ['founder', 'invitation', 'jit', 'scim', 'manual'];

export class MemberQuery extends PageQuery {
  @ApiPropertyOptional({
    description:
      'Comparisons of `email`, `displayName`, `role`, `status` (`active`, `removed`) or `source` with a quoted ' +
      'value by `eq`, `ne`, `co` (contains) or `sw` (starts with), joined by `and` and `or`; `and` binds tighter. ' +
      'Without a filter removed members are listed too.',
    example: 'role eq "admin" and status eq "active"',
  })
  @WhenGiven()
  @IsString()
  @MaxLength(1000)
  filter?: string;
}

export class UpdateMemberDto {
  @ApiPropertyOptional({ enum: ROLES })
  @WhenGiven()
  @IsIn(ROLES)
  role?: Role;

  @ApiPropertyOptional({ description: 'Whether the member is in the group `approvers`' })
  @WhenGiven()
  @IsBoolean()
  approver?: boolean;
}

export class MemberDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The person; the same in every workspace' })
  userId: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ type: String, nullable: true })
  displayName: string | null;

  @ApiProperty({ enum: ROLES })
  role: Role;

  @ApiProperty()
  approver: boolean;

  @ApiProperty({ enum: ['active', 'removed'] })
  status: 'active' | 'removed';

  @ApiProperty({ enum: SOURCES, description: 'How the person came in' })
  source: MemberSource;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  removedAt: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'removed_by_admin' })
  removalReason: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Last use of a session' })
  lastSeenAt: string | null;

  static of(member: Member, lastSeen: ReadonlyMap<string, Date>): MemberDto {
    return {
      id: member.id,
      userId: member.userId,
      email: member.email,
      displayName: member.displayName,
      role: member.role,
      approver: member.approver,
      status: member.removedAt ? 'removed' : 'active',
      source: member.source,
      createdAt: member.createdAt.toISOString(),
      updatedAt: member.updatedAt.toISOString(),
      removedAt: member.removedAt?.toISOString() ?? null,
      removalReason: member.removalReason,
      lastSeenAt: lastSeen.get(member.id)?.toISOString() ?? null,
    };
  }
}

export const MemberPage = pageOf(MemberDto);
