import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, OutsideTransaction, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { LogoutDto, LogoutUrlDto } from './logout.dto';
import { LogoutService } from './logout.service';

@ApiTags('Signing in')
@Controller('v1/auth')
export class LogoutController {
  constructor(private readonly logouts: LogoutService) {}

  @Post('logout')
  @HttpCode(204)
  @OutsideTransaction()
  @SignedIn()
  @Audited('auth.logged_out')
  @ApiOperation({
    summary: 'End this session, with its tokens and its cookie; on request also at its identity provider',
  })
  @ApiNoContentResponse({ description: 'The session has ended here.' })
  @ApiOkResponse({
    type: LogoutUrlDto,
    description: 'It has ended here, and ends at the identity provider there.',
  })
  async logout(
    @Caller() caller: UserPrincipal,
    @Body() input: LogoutDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LogoutUrlDto | undefined> {
    // A browser that holds the session as a cookie gets this answer itself; behind a token there may be any program.
    const browser = request.headers.authorization === undefined;
    const { setCookies, location } = await this.logouts.logOut(caller, { ...input, browser });
    void reply.header('set-cookie', [...setCookies]);
    if (location === undefined) return undefined;
    void reply.status(200);
    return { logoutUrl: location };
  }
}
