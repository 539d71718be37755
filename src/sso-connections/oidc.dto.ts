import { ApiProperty } from '@nestjs/swagger';
import { TOKEN_ENDPOINT_AUTH_METHODS, type TokenEndpointAuthMethod } from './oidc-discovery';
import { type OidcSettings, type Prompt, PROMPTS } from './oidc-settings.entity';

/** What may be shown of a connection with an OpenID Provider. */
export class OidcDto {
  @ApiProperty({ description: '`{tenantid}` in it stands for the tenant that `entraTenantId` names' })
  issuer: string;

  @ApiProperty({ description: 'What the provider calls this service' })
  clientId: string;

  @ApiProperty({ type: Date, nullable: true, description: 'As somebody entered it' })
  clientSecretExpiresAt: Date | null;

  @ApiProperty({ description: 'Whether the endpoints were typed in instead of discovered' })
  manual: boolean;

  @ApiProperty({ description: 'Where the browser is sent' })
  authorizationEndpoint: string;

  @ApiProperty({ description: 'Where codes are exchanged' })
  tokenEndpoint: string;

  @ApiProperty({ description: 'Where the provider publishes its keys' })
  jwksUri: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where claims beyond those of the ID token are fetched; null: nowhere',
  })
  userinfoEndpoint: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where people are signed out; null: the provider does not do that',
  })
  endSessionEndpoint: string | null;

  @ApiProperty({
    enum: TOKEN_ENDPOINT_AUTH_METHODS,
    description: 'How this service proves itself to the provider',
  })
  tokenEndpointAuthMethod: TokenEndpointAuthMethod;

  @ApiProperty({ type: [String], description: 'As the provider described itself; empty: it did not say' })
  tokenEndpointAuthMethodsSupported: string[];

  @ApiProperty({ description: 'Whether the provider says that it sends logout tokens' })
  backchannelLogoutSupported: boolean;

  @ApiProperty({ description: 'Whether it says that those name the session (`sid`)' })
  backchannelLogoutSessionSupported: boolean;

  @ApiProperty({ type: [String], description: 'What is asked for at a sign-in' })
  scopes: string[];

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'How old a sign-in there may be, in seconds; null: of any age',
  })
  maxAge: number | null;

  @ApiProperty({
    enum: PROMPTS,
    nullable: true,
    description: 'What the provider shall ask of the person; null: what it likes',
  })
  prompt: Prompt | null;

  @ApiProperty({ type: [String], description: 'Ways of authentication that are asked for, best first' })
  acrValues: string[];

  @ApiProperty({ description: 'Whether one of `acrValues` has to come back as `acr`' })
  acrRequired: boolean;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Microsoft Entra ID: the tenant whose people may sign in; null: not checked',
  })
  entraTenantId: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Google: the domain of the organisation whose people may sign in; null: not checked',
  })
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
