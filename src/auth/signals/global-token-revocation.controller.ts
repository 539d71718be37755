import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  type ApiBodyOptions,
  ApiNoContentResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { GlobalTokenRevocation } from './global-token-revocation.service';

const BODY: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['sub_id'],
    properties: {
      sub_id: {
        type: 'object',
        description: 'A subject identifier (RFC 9493) of the format email, iss_sub or opaque',
        example: { format: 'email', email: 'ada@acme.test' },
      },
    },
  },
};

/** Where an identity provider orders everything to end that somebody has here; Okta calls it Universal Logout. */
@ApiTags('Browser sign-in')
@Controller('sso')
export class GlobalTokenRevocationController {
  constructor(private readonly revocation: GlobalTokenRevocation) {}

  @Post('oidc/:id/global-token-revocation')
  @HttpCode(204)
  @Public()
  @Audited('sso.revocation_received')
  @ApiOperation({ summary: 'End all sessions of a person through this connection (Okta Universal Logout)' })
  @ApiBearerAuth('globalTokenRevocation')
  @ApiBody(BODY)
  @ApiNoContentResponse({ description: 'Nothing of it is left.' })
  @ApiResponse({ status: 400, description: 'The body cannot be read.' })
  @ApiResponse({ status: 401, description: 'The token is refused; `code` says why.' })
  @ApiResponse({ status: 403, description: 'The token was issued for another application or connection.' })
  @ApiResponse({ status: 404, description: 'Nobody of this connection has that name.' })
  @ApiResponse({ status: 422, description: 'Subjects of this format mean nobody here.' })
  // Providers add fields of their own, so the body is not held against a list.
  ofOidc(
    @IdParam('Connection') id: string,
    @Headers('authorization') authorization: string | undefined,
    @Body() body: unknown,
  ): Promise<void> {
    return this.revocation.receive('oidc', id, { authorization, body });
  }

  @Post('saml/:id/global-token-revocation')
  @HttpCode(204)
  @Public()
  @Audited('sso.revocation_received')
  @ApiOperation({ summary: 'The same for SAML, where the issuer has to be set first' })
  @ApiBearerAuth('globalTokenRevocation')
  @ApiBody(BODY)
  @ApiNoContentResponse({ description: 'Nothing of it is left.' })
  @ApiResponse({ status: 401, description: 'The token is refused; `code` says why.' })
  ofSaml(
    @IdParam('Connection') id: string,
    @Headers('authorization') authorization: string | undefined,
    @Body() body: unknown,
  ): Promise<void> {
    return this.revocation.receive('saml', id, { authorization, body });
  }
}
