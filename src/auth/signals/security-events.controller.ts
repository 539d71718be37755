import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { SecurityEvents } from './security-events.service';

/** Where a transmitter pushes security event tokens (RFC 8935). */
@ApiTags('Browser sign-in')
@Controller('sso')
export class SecurityEventsController {
  constructor(private readonly events: SecurityEvents) {}

  @Post('oidc/:id/events')
  @HttpCode(202)
  @Public()
  @Audited('sso.revocation_received', 'sso.signal_received')
  @ApiOperation({ summary: 'Receive a security event, such as a revoked session (CAEP over SSF push)' })
  @ApiConsumes('application/secevent+jwt')
  @ApiBody({ schema: { type: 'string', description: 'A security event token (RFC 8417)' } })
  @ApiResponse({ status: 202, description: 'Taken, whether or not it is about anybody here.' })
  @ApiResponse({ status: 400, description: 'Refused: `{err, description}` as of RFC 8935 section 2.3.' })
  @ApiResponse({ status: 503, description: 'The keys of the transmitter cannot be fetched: try again.' })
  ofOidc(
    @IdParam('Connection') id: string,
    @Headers('authorization') authorization: string | undefined,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: unknown,
  ): Promise<void> {
    return this.events.receive('oidc', id, { authorization, contentType, body });
  }

  @Post('saml/:id/events')
  @HttpCode(202)
  @Public()
  @Audited('sso.revocation_received', 'sso.signal_received')
  @ApiOperation({ summary: 'The same for SAML' })
  @ApiConsumes('application/secevent+jwt')
  @ApiBody({ schema: { type: 'string', description: 'A security event token (RFC 8417)' } })
  @ApiResponse({ status: 202, description: 'Taken, whether or not it is about anybody here.' })
  @ApiResponse({ status: 400, description: 'Refused: `{err, description}` as of RFC 8935 section 2.3.' })
  ofSaml(
    @IdParam('Connection') id: string,
    @Headers('authorization') authorization: string | undefined,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: unknown,
  ): Promise<void> {
    return this.events.receive('saml', id, { authorization, contentType, body });
  }
}
