import { Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { NotAudited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { proceed, redirect } from '../browser/redirect';
import { StartQueryDto } from '../browser/start-query.dto';
import { OidcSignIn } from './oidc-sign-in.service';

/** Where browsers go to and come back from an OpenID Provider. */
@ApiTags('Browser sign-in')
@Controller('sso/oidc')
export class OidcController {
  constructor(private readonly signIn: OidcSignIn) {}

  @Get(':id/login')
  @Public()
  @ApiOperation({ summary: 'Start a sign-in through an OpenID Provider' })
  @ApiResponse({ status: 303, description: 'To the authorization endpoint of the provider.' })
  async login(
    @IdParam('Connection') id: string,
    @Query() query: StartQueryDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await redirect(reply, await this.signIn.start(id, query));
  }

  @Get(':id/initiate')
  @Public()
  @ApiOperation({ summary: 'Start a sign-in on behalf of the provider (third-party initiated login)' })
  @ApiQuery({ name: 'iss', description: 'The issuer of the connection, exactly.' })
  @ApiQuery({ name: 'login_hint', required: false })
  @ApiQuery({
    name: 'target_link_uri',
    required: false,
    description: 'Followed if it is in APP_REDIRECT_URIS.',
  })
  @ApiResponse({ status: 303, description: 'To the authorization endpoint of the provider.' })
  @ApiResponse({ status: 400, description: '`oidc_initiation_issuer_mismatch`' })
  async initiate(
    @IdParam('Connection') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // Providers add parameters of their own, so the query is not held against a list.
    await redirect(reply, await this.signIn.initiate(id, request.query));
  }

  @Post(':id/initiate')
  @Public()
  @NotAudited('Nobody has signed in yet; a refusal is recorded where it happens.')
  @ApiOperation({ summary: 'The same, for providers that post a form' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ schema: { type: 'object', properties: { iss: { type: 'string' } }, required: ['iss'] } })
  @ApiResponse({ status: 303, description: 'To the authorization endpoint of the provider.' })
  async initiateByPost(
    @IdParam('Connection') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await redirect(reply, await this.signIn.initiate(id, request.body ?? {}));
  }

  @Get(':id/callback')
  @Public()
  @ApiOperation({ summary: 'The redirect URI: where the provider sends the browser back to' })
  @ApiQuery({ name: 'state' })
  @ApiQuery({ name: 'code', required: false })
  @ApiQuery({ name: 'error', required: false })
  @ApiQuery({ name: 'iss', required: false, description: 'RFC 9207' })
  @ApiResponse({
    status: 303,
    description: 'Accepted: to the application with a one-time code, or the console.',
  })
  @ApiResponse({ status: 200, description: 'A test that passed: a page that shows what was found.' })
  @ApiResponse({ status: 400, description: 'The answer is unusable, or belongs to no sign-in.' })
  @ApiResponse({ status: 403, description: 'The sign-in is refused; `code` says why.' })
  @ApiResponse({ status: 503, description: 'The provider cannot be reached.' })
  async callback(
    @IdParam('Connection') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await proceed(reply, await this.signIn.finish(id, request.query, request.headers.cookie));
  }
}
