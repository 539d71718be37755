import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../access/declarations';
import { Audited } from '../../../audit/audited';
import { html } from '../../../http/html';
import { type HtmlPage, sendPage } from '../../../http/html-page';
import { IdParam } from '../../../http/uuid-param';
import { depart, type Departure } from '../../browser/posted-form';
import { SamlProviderLogout } from './saml-provider-logout';
import { SingleLogout } from './single-logout.service';

/** Where browsers carry messages about logging out between us and a SAML identity provider. */
@ApiTags('Browser sign-in')
@Controller('sso/saml')
export class SingleLogoutController {
  constructor(
    private readonly logout: SingleLogout,
    private readonly ours: SamlProviderLogout,
  ) {}

  @Get(':id/slo')
  @Public()
  @Audited('sso.logout_received', 'sso.logout_answered', 'sso.logout_refused')
  @ApiOperation({ summary: 'The single logout service, HTTP-Redirect binding: signed messages only' })
  @ApiQuery({ name: 'SAMLRequest', required: false })
  @ApiQuery({ name: 'SAMLResponse', required: false })
  @ApiQuery({ name: 'RelayState', required: false })
  @ApiQuery({ name: 'SigAlg', required: false })
  @ApiQuery({ name: 'Signature', required: false })
  @ApiResponse({ status: 303, description: 'To the identity provider with our answer, or to the end.' })
  @ApiResponse({
    status: 403,
    description: 'The message is unsigned or wrong; `code` says why. Nothing ended.',
  })
  async byRedirect(
    @IdParam('Connection') id: string,
    @Req() { raw, headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // As it was sent: the signature is over that spelling.
    const query = raw.url?.split('?').slice(1).join('?') ?? '';
    await goOn(reply, await this.logout.receive(id, { query }, headers.cookie));
  }

  @Post(':id/slo')
  @Public()
  @Audited('sso.logout_received', 'sso.logout_answered', 'sso.logout_refused')
  @ApiOperation({ summary: 'The single logout service, HTTP-POST binding: signed messages only' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({
    schema: {
      type: 'object',
      properties: {
        SAMLRequest: { type: 'string', description: 'Base64' },
        SAMLResponse: { type: 'string', description: 'Base64, in place of a request' },
        RelayState: { type: 'string' },
      },
    },
  })
  @ApiResponse({ status: 303, description: 'To the identity provider with our answer, or to the end.' })
  @ApiResponse({
    status: 403,
    description: 'The message is unsigned or wrong; `code` says why. Nothing ended.',
  })
  async byPost(
    @IdParam('Connection') id: string,
    @Body() form: unknown,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const fields = { ...(form as Record<string, unknown> | undefined) };
    await goOn(reply, await this.logout.receive(id, { form: fields }, headers.cookie));
  }

  @Get(':id/logout')
  @Public()
  @ApiOperation({
    summary: 'Carry a logout that was begun here to an identity provider that wants it posted',
  })
  @ApiResponse({ status: 200, description: 'A page that posts itself.' })
  async post(
    @IdParam('Connection') id: string,
    @Query('request') request: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await depart(reply, await this.ours.form(id, typeof request === 'string' ? request : ''));
  }
}

async function goOn(reply: FastifyReply, departure: Departure | undefined): Promise<void> {
  if (departure) await depart(reply, departure);
  else await sendPage(reply, SIGNED_OUT);
}

const SIGNED_OUT: HtmlPage = {
  title: 'Signed out',
  body: html`<main>
    <span class="brand">Gatehouse</span>
    <h1>You are signed out</h1>
    <p><a href="/login">Sign in again</a></p>
  </main>`,
};
