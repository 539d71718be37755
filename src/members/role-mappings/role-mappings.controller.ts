import { Body, Controller, Get, HttpCode, Post, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OnlyLooks, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited, NotAudited } from '../../audit/audited';
import { RoleMappingPreviewDto } from './role-mapping-preview.dto';
import { RoleMappingPreview } from './role-mapping-preview.service';
import {
  PreviewRoleMappingsDto,
  ReplaceRoleMappingsDto,
  RoleMappingDto,
  RoleMappingsDto,
  SavedRoleMappingsDto,
} from './role-mappings.dto';
import { RoleMappingsService } from './role-mappings.service';

/** People only: an API key must not be able to decide who becomes admin. */
@ApiTags('Role mappings')
@Controller('v1/role-mappings')
export class RoleMappingsController {
  constructor(
    private readonly mappings: RoleMappingsService,
    private readonly previews: RoleMappingPreview,
  ) {}

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({
    summary: 'The rules that make roles of groups and departments, in the order they are tried',
  })
  @ApiOkResponse({ type: RoleMappingsDto })
  async get(): Promise<RoleMappingsDto> {
    return RoleMappingsDto.of(await this.mappings.current());
  }

  @Put()
  @RequirePermission('sso:write')
  @Audited('role_mapping.updated')
  @ApiOperation({
    summary: 'Replace the whole list; every member is brought in line, of very many the admins first',
  })
  @ApiOkResponse({ type: SavedRoleMappingsDto })
  @ApiBadRequestResponse({
    description: '`validation_failed`: also for repeated rules and unknown connections',
  })
  @ApiForbiddenResponse({ description: '`role_above_own`' })
  @ApiConflictResponse({ description: '`last_admin`, naming who would no longer be admin' })
  async replace(
    @Caller() caller: UserPrincipal,
    @Body() { rules }: ReplaceRoleMappingsDto,
  ): Promise<SavedRoleMappingsDto> {
    return SavedRoleMappingsDto.ofSaving(await this.mappings.replace(caller, rules.map(RoleMappingDto.read)));
  }

  @Post('preview')
  @HttpCode(200)
  @RequirePermission('sso:write')
  @OnlyLooks()
  @NotAudited('It changes nothing.')
  @ApiOperation({ summary: 'Who would gain and lose what if these rules were saved' })
  @ApiOkResponse({ type: RoleMappingPreviewDto })
  async preview(
    @Caller() caller: UserPrincipal,
    @Body() { rules, subject }: PreviewRoleMappingsDto,
  ): Promise<RoleMappingPreviewDto> {
    return RoleMappingPreviewDto.of(
      await this.previews.preview(caller, rules.map(RoleMappingDto.read), subject),
    );
  }
}
