import { ApiProperty } from '@nestjs/swagger';
import { TOKEN_ENDPOINT_AUTH_METHODS, type TokenEndpointAuthMethod } from './oidc-discovery';
import { type OidcSettings, type Prompt, PROMPTS } from './oidc-settings.entity';

/** What may be shown of a connection with an OpenID Provider. */
export class OidcDto {
  @ApiProperty({ description: '`{tenantid}` in it stands for the tenant that `entraTenantId` names' })
  issuer: string;

  @ApiProperty()
  clientId: string;

  @ApiProperty({ type: Date, nullable: true, description: 'As somebody entered it' })
  clientSecretExpiresAt: Date | null;

  @ApiProperty({ description: 'Whether the endpoints were typed in instead of discovered' })
  manual: boolean;

  @ApiProperty()
  authorizationEndpoint: string;

  @ApiProperty()
  tokenEndpoint: string;

  @ApiProperty()
  jwksUri: string;

  @ApiProperty({ type: String, nullable: true })
  userinfoEndpoint: string | null;

  @ApiProperty({ type: String, nullable: true })
  endSessionEndpoint: string | null;

  @ApiProperty({ enum: TOKEN_ENDPOINT_AUTH_METHODS })
  tokenEndpointAuthMethod: TokenEndpointAuthMethod;

  @ApiProperty({ type: [String], description: 'As the provider described itself; empty: it did not say' })
  tokenEndpointAuthMethodsSupported: string[];

  @ApiProperty()
  backchannelLogoutSupported: boolean;

  @ApiProperty()
  backchannelLogoutSessionSupported: boolean;

  @ApiProperty({ type: [String] })
  scopes: string[];

  @ApiProperty({ type: Number, nullable: true })
  maxAge: number | null;

  @ApiProperty({ enum: PROMPTS, nullable: true })
  prompt: Prompt | null;

  @ApiProperty({ type: [String] })
  acrValues: string[];

  @ApiProperty()
  acrRequired: boolean;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  entraTenantId: string | null;

  @ApiProperty({ type: String, nullable: true })
  hostedDomain: string | null;

  /** Field by field, and never the secret. */
  static of(settings: OidcSettings): OidcDto {
    const { issuer, clientId, manual, authorizationEndpoint, tokenEndpoint, jwksUri } = settings;
    const { userinfoEndpoint, endSessionEndpoint, tokenEndpointAuthMethod } = settings;
    const { tokenEndpointAuthMethodsSupported, scopes, maxAge, prompt, acrValues, acrRequired } = settings;
    const { backchannelLogoutSupported, backchannelLogoutSessionSupported } = settings;
    const { entraTenantId, hostedDomain, clientSecretExpiresAt } = settings;
    return {
      ...{ issuer, clientId, manual, authorizationEndpoint, tokenEndpoint, jwksUri },
      ...{ userinfoEndpoint, endSessionEndpoint, tokenEndpointAuthMethod },
      ...{ tokenEndpointAuthMethodsSupported, scopes, maxAge, prompt, acrValues, acrRequired },
      ...{ backchannelLogoutSupported, backchannelLogoutSessionSupported },
      ...{ entraTenantId, hostedDomain, clientSecretExpiresAt },
    };
  }
}
