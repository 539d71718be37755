import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { BackchannelLogout } from './backchannel-logout.service';

/** Where OpenID Providers call, without a browser. */
@ApiTags('Browser sign-in')
@Controller('sso/oidc')
export class BackchannelLogoutController {
  constructor(private readonly logout: BackchannelLogout) {}

  @Post(':id/backchannel-logout')
  @Public()
  @Audited('sso.logout_received', 'sso.logout_refused')
  @ApiOperation({ summary: 'A provider says that somebody signed out there (Back-Channel Logout 1.0)' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({
    schema: { type: 'object', required: ['logout_token'], properties: { logout_token: { type: 'string' } } },
  })
  @ApiResponse({ status: 200, description: 'Understood; whoever it is about has no such session any more.' })
  @ApiResponse({ status: 400, description: 'The logout token is refused; `code` says why.' })
  @ApiResponse({ status: 503, description: 'The keys of the provider cannot be fetched.' })
  async receive(
    @IdParam('Connection') id: string,
    // Providers add fields of their own, so the form is not held against a list.
    @Body() form: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { status, body } = await this.logout.receive(id, form);
    await reply.status(status).header('cache-control', 'no-store').send(body);
  }
}
