import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/declarations';
import { SigningKeysService } from './signing-keys.service';

@ApiTags('Tokens')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeysService) {}

  @Get('jwks.json')
  @Public()
  @ApiOperation({ summary: 'The public keys that verify access tokens (RFC 7517)' })
  @ApiOkResponse({ description: 'A JWK Set' })
  jwks(@Res({ passthrough: true }) reply: FastifyReply): object {
    void reply.header('cache-control', `public, max-age=${this.keys.jwksMaxAgeSeconds}`);
    return this.keys.jwks();
  }
}
