import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnyCredential } from '../access/declarations';
import {
  APPROVER_PERMISSIONS,
  type Permission,
  PERMISSIONS,
  ROLE_PERMISSIONS,
  ROLES,
} from '../access/permissions';
import { type Page, pageOfAll, PageQuery } from '../http/page';
import { type PermissionDto, PermissionPage, RoleList } from './roles.dto';

/** The vocabulary of access, as the service itself uses it. */
@ApiTags('Roles')
@Controller('v1')
export class RolesController {
  @Get('roles')
  @AnyCredential()
  @ApiOperation({ summary: 'The roles members hold, the groups beside them, and what each grants' })
  @ApiOkResponse({ type: RoleList })
  roles(@Query() query: PageQuery): RoleList {
    const roles = ROLES.map((name) => ({ name, permissions: [...ROLE_PERMISSIONS[name]] }));
    return {
      ...pageOfAll(roles, query),
      groups: [{ name: 'approvers', permissions: [...APPROVER_PERMISSIONS] }],
    };
  }

  @Get('permissions')
  @AnyCredential()
  @ApiOperation({ summary: 'All permissions, each with a sentence' })
  @ApiOkResponse({ type: PermissionPage })
  permissions(@Query() query: PageQuery): Page<PermissionDto> {
    const permissions = Object.entries(PERMISSIONS).map(([name, description]) => ({
      name: name as Permission,
      description,
    }));
    return pageOfAll(permissions, query);
  }
}
