import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { type Page, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import {
  AskToRevealDto,
  RevealRequestDto,
  RevealRequestPage,
  RevealRequestQuery,
} from './reveal-requests.dto';
import { RevealRequests } from './reveal-requests.service';

@ApiTags('Secrets')
@Controller('v1/secrets')
export class RevealRequestsController {
  constructor(private readonly requests: RevealRequests) {}

  @Get('reveal-requests')
  @RequirePermission('approvals:read')
  @ApiOperation({ summary: 'Who asked to read secrets that take two, newest first' })
  @ApiOkResponse({ type: RevealRequestPage })
  async list(@Query() query: RevealRequestQuery): Promise<Page<RevealRequestDto>> {
    const rows = await this.requests.list(query, query.status === 'pending');
    return toPage(rows, query.limit, (request) => RevealRequestDto.of(request));
  }

  @Post(':id/reveal-requests')
  @RequirePermission('secrets:reveal')
  @Audited('secret.reveal_requested')
  @ApiOperation({ summary: 'Ask to read a secret that takes two' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiCreatedResponse({ type: RevealRequestDto })
  async ask(
    @Caller() caller: UserPrincipal,
    @IdParam('Secret') id: string,
    @Body() { reason }: AskToRevealDto,
  ): Promise<RevealRequestDto> {
    return RevealRequestDto.of(await this.requests.ask(caller, id, reason));
  }

  @Post('reveal-requests/:id/approve')
  @HttpCode(200)
  @RequirePermission('approvals:decide')
  @Audited('secret.reveal_approved')
  @ApiOperation({ summary: 'Let somebody else read a secret once, within the hour' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: RevealRequestDto })
  async approve(@Caller() caller: UserPrincipal, @IdParam('Request') id: string): Promise<RevealRequestDto> {
    return RevealRequestDto.of(await this.requests.decide(caller, id, 'approved'));
  }

  @Post('reveal-requests/:id/reject')
  @HttpCode(200)
  @RequirePermission('approvals:decide')
  @Audited('secret.reveal_rejected')
  @ApiOperation({ summary: 'Refuse to let somebody else read a secret' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: RevealRequestDto })
  async reject(@Caller() caller: UserPrincipal, @IdParam('Request') id: string): Promise<RevealRequestDto> {
    return RevealRequestDto.of(await this.requests.decide(caller, id, 'rejected'));
  }
}
