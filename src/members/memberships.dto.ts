import { ApiProperty } from '@nestjs/swagger';
import { type Role, ROLES } from '../access/permissions';
import { IsName } from '../http/is-line';
import { pageOf } from '../http/page';
import { IsSlug, SLUG } from '../workspaces/slug';
import type { Membership } from './memberships.service';

export class CreateWorkspaceDto {
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'Acme' })
  @IsName(100)
  name: string;

  @ApiProperty({ pattern: SLUG.source, example: 'acme' })
  @IsSlug()
  slug: string;
}

export class MembershipDto {
  @ApiProperty({ format: 'uuid', description: 'The workspace' })
  id: string;

  @ApiProperty({ example: 'acme' })
  slug: string;

  @ApiProperty({ example: 'Acme' })
  name: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'uuid', description: 'You, in that workspace' })
  memberId: string;

  @ApiProperty({ enum: ROLES, description: 'What they may do; `GET /v1/roles` says what each role includes' })
  role: Role;

  @ApiProperty({ description: 'Whether the member is in the group `approvers`' })
  approver: boolean;

  @ApiProperty({ description: 'Whether it is the workspace of this credential' })
  current: boolean;

  static of(membership: Membership, currentId: string): MembershipDto {
    const { id, slug, name, createdAt, memberId, role, approver } = membership;
    const current = id === currentId;
    return { id, slug, name, createdAt: createdAt.toISOString(), memberId, role, approver, current };
  }
}

export const MembershipPage = pageOf(MembershipDto);
