import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../access/declarations';
import type { Principal } from '../access/principal';
import { Audited } from '../audit/audited';
import { type Page, PageQuery, toPage } from '../http/page';
import { IdParam } from '../http/uuid-param';
import { DomainVerificationService } from './domain-verification.service';
import { AddDomainDto, DomainDto, DomainPage } from './domains.dto';
import { DomainsService } from './domains.service';

@ApiTags('Domains')
@Controller('v1/domains')
export class DomainsController {
  constructor(
    private readonly domains: DomainsService,
    private readonly verification: DomainVerificationService,
  ) {}

  @Post()
  @RequirePermission('sso:write')
  @Audited('domain.added')
  @ApiOperation({ summary: 'Claim a domain; the answer names the DNS record that proves it' })
  @ApiCreatedResponse({ type: DomainDto })
  async add(@Body() { domain }: AddDomainDto): Promise<DomainDto> {
    return DomainDto.of(await this.domains.add(domain));
  }

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'List the domains of this workspace' })
  @ApiOkResponse({ type: DomainPage })
  async list(@Query() query: PageQuery): Promise<Page<DomainDto>> {
    return toPage(await this.domains.list(query), query.limit, (domain) => DomainDto.of(domain));
  }

  @Get(':id')
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'Show a domain' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: DomainDto })
  async get(@IdParam('Domain') id: string): Promise<DomainDto> {
    return DomainDto.of(await this.domains.get(id));
  }

  @Post(':id/verify')
  @HttpCode(200)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('domain.verified')
  @ApiOperation({ summary: 'Look the record up in DNS; 409 domain_not_verified tells what was found' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: DomainDto })
  async verify(@Caller() caller: Principal, @IdParam('Domain') id: string): Promise<DomainDto> {
    return DomainDto.of(await this.verification.verify(caller.workspaceId, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('sso:write')
  @Audited('domain.removed')
  @ApiOperation({ summary: 'Give a domain up' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  remove(@IdParam('Domain') id: string): Promise<void> {
    return this.domains.remove(id);
  }
}
