import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { IdParam } from '../../http/uuid-param';
import { redirect } from '../browser/redirect';
import { ClientKeys } from './client-keys.service';
import { LoggedOut } from './logout/logged-out.service';

/** What a provider needs of us beside sign-ins: our keys, and a way back from logging out. */
@ApiTags('Browser sign-in')
@Controller('sso/oidc')
export class RelyingPartyController {
  constructor(
    private readonly loggedOut: LoggedOut,
    private readonly keys: ClientKeys,
  ) {}

  @Get(':id/logged-out')
  @Public()
  @ApiOperation({ summary: 'The post-logout redirect URI: where the provider sends the browser back to' })
  @ApiQuery({ name: 'state' })
  @ApiResponse({ status: 303, description: 'To the application, or to the sign-in page.' })
  @ApiResponse({ status: 400, description: 'This belongs to no logout, or to one that is over.' })
  async back(
    @IdParam('Connection') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { state } = request.query as { state?: unknown };
    await redirect(reply, await this.loggedOut.finish(id, state, request.headers.cookie));
  }

  @Get(':id/jwks')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ summary: 'The keys of this client, for a provider that takes private_key_jwt' })
  @ApiProduces('application/json')
  @ApiResponse({ status: 200, description: 'A JWK Set.' })
  jwks(@IdParam('Connection') id: string): Promise<object> {
    return this.keys.jwks(id);
  }
}
