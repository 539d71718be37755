import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { AnyCredential, Caller, OnlyLooks, OutsideTransaction, Public } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited, NotAudited } from '../../audit/audited';
import { IntrospectionDto, ShownTokenDto } from './introspection.dto';
import { IntrospectionService } from './introspection.service';
import { TokenRevocation } from './token-revocation.service';

@ApiTags('Gateways')
@Controller('v1/auth')
export class IntrospectionController {
  constructor(
    private readonly introspection: IntrospectionService,
    private readonly revocation: TokenRevocation,
  ) {}

  @Post('introspect')
  @HttpCode(200)
  @AnyCredential()
  @OutsideTransaction()
  @OnlyLooks()
  @NotAudited('It reads and changes nothing.')
  @ApiOperation({ summary: 'RFC 7662: what an access token or API key of this workspace is worth now' })
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @ApiBody({ type: ShownTokenDto })
  @ApiOkResponse({ type: IntrospectionDto })
  async introspect(@Caller() caller: Principal, @Body() body: unknown): Promise<IntrospectionDto> {
    const { token } = await ShownTokenDto.from(body);
    return this.introspection.introspect(token, caller.workspaceId);
  }

  /** Whoever shows a token may end it: clients are public, so there is nothing else to ask them for. */
  @Post('revoke')
  @HttpCode(200)
  @Public()
  @Audited('auth.session_ended', 'api_key.revoked')
  @ApiOperation({ summary: 'RFC 7009: end the session of an access or refresh token, or an API key' })
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @ApiBody({ type: ShownTokenDto })
  @ApiOkResponse({ description: 'It is worth nothing now, whatever it was before' })
  @ApiBadRequestResponse({
    description: '`{error}` as RFC 7009 has it: `unsupported_token_type`, `invalid_request`',
  })
  async revoke(@Body() body: unknown): Promise<void> {
    const { token } = await ShownTokenDto.from(body);
    return this.revocation.revoke(token);
  }
}
