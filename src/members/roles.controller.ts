import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnyCredential } from '../access/declarations';
import {
  APPROVER_PERMISSIONS,
  type Permission,
  PERMISSIONS,
  ROLE_PERMISSIONS,
  ROLES,
} from '../access/permissions';
import type { Page } from '../http/page';
import { type PermissionDto, PermissionPage, RoleList } from './roles.dto';

/** The vocabulary of access, as the service itself uses it. */
@ApiTags('Roles')
@Controller('v1')
export class RolesController {
  @Get('roles')
  @AnyCredential()
  @ApiOperation({ summary: 'The roles members hold, the groups beside them, and what each grants' })
  @ApiOkResponse({ type: RoleList })
  roles(): RoleList {
    return {
      data: ROLES.map((name) => ({ name, permissions: [...ROLE_PERMISSIONS[name]] })),
      groups: [{ name: 'approvers', permissions: [...APPROVER_PERMISSIONS] }],
      nextCursor: null,
    };
  }

  @Get('permissions')
  @AnyCredential()
  @ApiOperation({ summary: 'All permissions, each with a sentence' })
  @ApiOkResponse({ type: PermissionPage })
  permissions(): Page<PermissionDto> {
    const data = Object.entries(PERMISSIONS).map(([name, description]) => ({
      name: name as Permission,
      description,
    }));
    return { data, nextCursor: null };
  }
}
