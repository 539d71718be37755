import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnyCredential, Caller, OutsideTransaction } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { NotAudited } from '../../audit/audited';
import { IntrospectDto, IntrospectionDto } from './introspection.dto';
import { IntrospectionService } from './introspection.service';

@ApiTags('Gateways')
@Controller('v1/auth')
export class IntrospectionController {
  constructor(private readonly introspection: IntrospectionService) {}

  @Post('introspect')
  @HttpCode(200)
  @AnyCredential()
  @OutsideTransaction()
  @NotAudited('It reads and changes nothing.')
  @ApiOperation({ summary: 'RFC 7662: what an access token or API key of this workspace is worth now' })
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @ApiOkResponse({ type: IntrospectionDto })
  introspect(@Caller() caller: Principal, @Body() { token }: IntrospectDto): Promise<IntrospectionDto> {
    return this.introspection.introspect(token, caller.workspaceId);
  }
}
