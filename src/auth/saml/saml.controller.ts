import { Body, Controller, Get, Header, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { depart } from '../browser/posted-form';
import { proceed } from '../browser/redirect';
import { StartQueryDto } from '../browser/start-query.dto';
import { SamlSignIn } from './saml-sign-in.service';
import { SpMetadata } from './sp-metadata.service';

/** Where browsers go to and come back from a SAML identity provider. */
@ApiTags('Browser sign-in')
@Controller('sso/saml')
export class SamlController {
  constructor(
    private readonly signIn: SamlSignIn,
    private readonly spMetadata: SpMetadata,
  ) {}

  @Get(':id/login')
  @Public()
  @ApiOperation({ summary: 'Start a sign-in through a SAML identity provider' })
  @ApiResponse({ status: 303, description: 'To the identity provider, with a signed AuthnRequest.' })
  @ApiResponse({ status: 200, description: 'A page that posts the AuthnRequest, where it is to be posted.' })
  async login(
    @IdParam('Connection') id: string,
    @Query() query: StartQueryDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await depart(reply, await this.signIn.start(id, query));
  }

  @Post(':id/acs')
  @Public()
  @Audited('sso.login_succeeded', 'sso_connection.test_passed', 'sso.idp_initiated')
  @ApiOperation({ summary: 'The assertion consumer service: where the identity provider posts its response' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['SAMLResponse'],
      properties: {
        SAMLResponse: { type: 'string', description: 'Base64 of at most 256 KiB of XML' },
        RelayState: { type: 'string' },
      },
    },
  })
  @ApiResponse({
    status: 303,
    description: 'Accepted: to the application with a one-time code, or the console.',
  })
  @ApiResponse({ status: 200, description: 'A test that passed: a page that shows what was found.' })
  @ApiResponse({ status: 400, description: 'The response is unusable, or belongs to no sign-in.' })
  @ApiResponse({ status: 401, description: 'The sign-in was started in another browser.' })
  @ApiResponse({ status: 403, description: 'The sign-in is refused; `code` says why.' })
  @ApiResponse({ status: 413, description: 'The response is too large.' })
  async acs(
    @IdParam('Connection') id: string,
    // Identity providers add fields of their own, so the form is not held against a list.
    @Body() form: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await proceed(reply, await this.signIn.finish(id, form ?? {}, request.headers.cookie));
  }

  @Get(':id/metadata')
  @Public()
  @Header('content-type', 'application/samlmetadata+xml; charset=utf-8')
  @ApiOperation({ summary: 'Our metadata, to be imported at the identity provider' })
  @ApiProduces('application/samlmetadata+xml')
  @ApiResponse({ status: 200, description: 'SAML 2.0 metadata of this service provider, signed.' })
  metadata(@IdParam('Connection') id: string): Promise<string> {
    return this.spMetadata.of(id);
  }
}
