import { Body, Controller, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { SCIM_SCOPES } from '../../access/scim-scopes';
import { Audited } from '../../audit/audited';
import { Config } from '../../config/config';
import { OAuthRefusal } from '../../http/oauth-refusal';
import { contradictsItself } from '../../http/repeated-header';
import { type AccessTokenAnswer, AccessTokens } from './access-tokens.service';
import { readTokenRequest, TOKEN_PATH } from './token-request';

/** The authorization server for directories. Grants client credentials to the clients of /v1/scim/clients. */
@ApiTags('SCIM clients')
@Controller()
export class OAuthController {
  constructor(
    private readonly config: Config,
    private readonly tokens: AccessTokens,
  ) {}

  @Post(TOKEN_PATH)
  @HttpCode(200)
  @Public()
  @Audited('scim_client.token_issued')
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  @ApiOperation({ summary: 'An access token for the SCIM routes (RFC 6749 section 4.4)' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['grant_type'],
      properties: {
        grant_type: { type: 'string', enum: ['client_credentials'] },
        client_id: { type: 'string', description: 'Unless the client is in the Authorization header' },
        client_secret: { type: 'string' },
        scope: { type: 'string', example: 'read users' },
      },
    },
  })
  @ApiOkResponse({ description: '`{access_token, token_type, expires_in, scope}`' })
  @ApiResponse({ status: 400, description: '`{error, error_description}` as of RFC 6749 section 5.2' })
  @ApiResponse({ status: 401, description: '`invalid_client`, whatever is wrong with it' })
  token(@Req() { headers, raw }: FastifyRequest, @Body() body: unknown): Promise<AccessTokenAnswer> {
    if (contradictsItself(raw, 'authorization')) {
      throw new OAuthRefusal('invalid_request', 'Send the header Authorization once, not several of them.');
    }
    const { authorization, 'content-type': contentType } = headers;
    return this.tokens.issue(readTokenRequest({ contentType, authorization, body }));
  }

  @Get('.well-known/oauth-authorization-server')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ summary: 'What this authorization server does (RFC 8414)' })
  @ApiOkResponse({ description: 'Its metadata' })
  metadata(): object {
    const { publicUrl: issuer } = this.config;
    return {
      issuer,
      token_endpoint: `${issuer}${TOKEN_PATH}`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      introspection_endpoint: `${issuer}/v1/auth/introspect`,
      introspection_endpoint_auth_methods_supported: ['Bearer'],
      revocation_endpoint: `${issuer}/v1/auth/revoke`,
      revocation_endpoint_auth_methods_supported: ['none'],
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      scopes_supported: SCIM_SCOPES,
      service_documentation: `${issuer}/docs`,
    };
  }
}
