import { ApiProperty } from '@nestjs/swagger';
import { type Permission, PERMISSIONS, type Role, ROLES } from '../access/permissions';
import { pageOf } from '../http/page';

const NAMES = Object.keys(PERMISSIONS);

export class RoleDto {
  @ApiProperty({ enum: ROLES })
  name: Role;

  @ApiProperty({ enum: NAMES, isArray: true, description: 'All that it includes' })
  permissions: Permission[];
}

export class GroupDto {
  @ApiProperty({ enum: ['approvers'] })
  name: string;

  @ApiProperty({ enum: NAMES, isArray: true, description: 'Added to those of the role' })
  permissions: Permission[];
}

export class RoleList {
  @ApiProperty({ type: [RoleDto] })
  data: RoleDto[];

  @ApiProperty({ type: [GroupDto], description: 'Beside roles: what members may be in addition' })
  groups: GroupDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class PermissionDto {
  @ApiProperty({ enum: NAMES })
  name: Permission;

  @ApiProperty({ example: 'See members and invitations', description: 'What it allows, in words' })
  description: string;
}

export const PermissionPage = pageOf(PermissionDto);
