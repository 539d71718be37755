import { Body, Controller, Headers, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited, NotAudited } from '../../audit/audited';
import { readCredential } from '../../crypto/credential';
import { LeakedCredentials } from '../../leaks/leaked-credentials';
import { RateLimited } from '../../rate-limits/rate-limited';
import { LeakReports } from './leak-reports.service';
import {
  FoundTokenDto,
  LabelledTokenDto,
  LeakAcceptedDto,
  PresentedKeyDto,
  RecognisedKeyDto,
} from './leaks.dto';
import { rawBodyOf } from './raw-body';

const LEAKS = [
  'api_key.leaked',
  ...(['scim_token.leaked', 'scim_client.leaked', 'setup_link.leaked'] as const),
  ...(['sso_connection.push_secret_leaked', 'workspace.invitation_leaked', 'auth.session_leaked'] as const),
] as const;

/** Endpoints for anybody who finds a leaked API key or other credential; they need no account. */
@ApiTags('Leaked API keys')
@Controller('v1/api-keys')
export class LeaksController {
  constructor(
    private readonly reports: LeakReports,
    private readonly credentials: LeakedCredentials,
  ) {}

  @Post('check')
  @HttpCode(200)
  @Public()
  @NotAudited('It looks at nothing but the text.')
  @ApiOperation({
    summary:
      'Whether a text is written like an API key or another credential; says nothing about any there is',
  })
  @ApiOkResponse({ type: RecognisedKeyDto })
  check(@Body() { key }: PresentedKeyDto): RecognisedKeyDto {
    return {
      recognised: readCredential('gh', key) !== undefined,
      kind: this.credentials.recognise(key) ?? null,
    };
  }

  @Post('revoke-leaked')
  @HttpCode(202)
  @Public()
  @RateLimited('leaks')
  @Audited(...LEAKS)
  @ApiOperation({ summary: 'Revoke a key, or another credential, by showing it' })
  @ApiAcceptedResponse({ type: LeakAcceptedDto })
  async revoke(@Body() { key }: PresentedKeyDto): Promise<LeakAcceptedDto> {
    await this.reports.ofHolder(key);
    return { status: 'accepted' };
  }

  @Post('leaks')
  @HttpCode(200)
  @Public()
  @RateLimited('leaks')
  @Audited(...LEAKS)
  @ApiOperation({
    summary: 'For secret-scanning partners: texts that look like credentials of ours, found in public',
  })
  @ApiHeader({ name: 'github-public-key-identifier', required: true })
  @ApiHeader({ name: 'github-public-key-signature', required: true })
  @ApiBody({ type: [FoundTokenDto] })
  @ApiOkResponse({ type: [LabelledTokenDto] })
  report(
    @Req() request: FastifyRequest,
    @Headers('github-public-key-identifier') keyId = '',
    @Headers('github-public-key-signature') signature = '',
  ): Promise<LabelledTokenDto[]> {
    return this.reports.ofPartner({ raw: rawBodyOf(request), body: request.body, keyId, signature });
  }
}
