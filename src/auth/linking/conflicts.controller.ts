import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { type Page, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { AccountConflicts } from './account-conflicts.service';
import { ConflictDto, ConflictPage, ConflictQuery, ResolveConflictDto } from './conflicts.dto';

@ApiTags('Connections')
@Controller('v1/sso/conflicts')
export class ConflictsController {
  constructor(private readonly conflicts: AccountConflicts) {}

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({
    summary: 'People at a provider who have the address of a member and have not proved to be them',
  })
  @ApiOkResponse({ type: ConflictPage })
  async list(@Query() query: ConflictQuery): Promise<Page<ConflictDto>> {
    const found = await this.conflicts.list(query, query.status === 'all');
    return toPage(found, query.limit, (conflict) => ConflictDto.of(conflict));
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @RequirePermission('sso:write')
  @Audited('sso.conflict_resolved')
  @ApiOperation({ summary: 'Say that the two are one person, or that they are not' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConflictDto })
  @ApiConflictResponse({ description: '`conflict_resolved`, `member_removed`, `identity_linked`' })
  async resolve(
    @Caller() caller: UserPrincipal,
    @IdParam('Conflict') id: string,
    @Body() { action }: ResolveConflictDto,
  ): Promise<ConflictDto> {
    return ConflictDto.of(await this.conflicts.resolve(caller, id, action));
  }
}
