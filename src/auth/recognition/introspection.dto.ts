import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, MaxLength } from 'class-validator';
import type { ApiKeyPrincipal } from '../../access/principal';
import { readAs } from '../../http/validation.pipe';
import type { LiveAccessToken } from '../sessions/session.authenticator';

export class ShownTokenDto {
  @ApiProperty({
    minLength: 1,
    maxLength: 16_384,
    description: 'The token. Parameters that are not named here are ignored',
  })
  @IsString()
  @Length(1, 16_384)
  token: string;

  @ApiPropertyOptional({
    maxLength: 64,
    description: 'RFC 7662 and RFC 7009 allow it; it is not needed here',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  token_type_hint?: string;

  /**
   * Reads a form, or JSON, and passes over what else a client of OAuth sends: who it is (RFC 6749 section 2.3.1), or
   * the context of its question (RFC 7662 section 2.1). Throws 400 `validation_failed`.
   */
  static from(body: unknown): Promise<ShownTokenDto> {
    const { token, token_type_hint } = { ...(body as Partial<ShownTokenDto> | null | undefined) };
    return readAs(ShownTokenDto, { token, token_type_hint });
  }
}

/** RFC 7662 section 2.2; the names are the standard's. Of a token that is not good nothing is said but that. */
export class IntrospectionDto {
  @ApiProperty({ description: 'Whether the token is good at this moment; if not, nothing else is said' })
  active: boolean;

  @ApiPropertyOptional({
    enum: ['Bearer', 'api_key'],
    description: '`api_key` for an API key, `Bearer` for an access token',
  })
  token_type?: 'Bearer' | 'api_key';

  @ApiPropertyOptional({ description: 'Permissions at this moment, separated by spaces' })
  scope?: string;

  @ApiPropertyOptional({ description: 'Id of the user, or of the API key' })
  sub?: string;

  @ApiPropertyOptional({ description: 'Email of the person, or name of the API key' })
  username?: string;

  @ApiPropertyOptional({ description: '`gatehouse`; of an API key its id' })
  client_id?: string;

  @ApiPropertyOptional({ description: 'This service' })
  iss?: string;

  @ApiPropertyOptional({ description: 'This service' })
  aud?: string;

  @ApiPropertyOptional({
    description:
      'When it stops being good at the latest, in seconds since 1970: sooner than the token itself says where the policy has become stricter. Absent for an API key without an end',
  })
  exp?: number;

  @ApiPropertyOptional({ description: 'When it was issued, in seconds since 1970; of an access token' })
  iat?: number;

  @ApiPropertyOptional({ description: 'Id of the access token, or of the API key' })
  jti?: string;

  @ApiPropertyOptional({
    description: 'When the person last proved who they are, in seconds since 1970 (RFC 9470)',
  })
  auth_time?: number;

  @ApiPropertyOptional({ type: [String], description: 'How they did: RFC 8176' })
  amr?: string[];

  @ApiPropertyOptional({ description: 'The workspace that the token is good in' })
  workspace_id?: string;

  @ApiPropertyOptional({ description: 'Id of the member, of a person' })
  member_id?: string;

  @ApiPropertyOptional({ description: 'Role of a person' })
  role?: string;

  @ApiPropertyOptional({ description: 'Id of the session, of a person' })
  sid?: string;

  static readonly inactive: IntrospectionDto = { active: false };

  static ofPerson({ person, claims, endsAt }: LiveAccessToken, issuer: string): IntrospectionDto {
    return {
      active: true,
      token_type: 'Bearer',
      scope: [...person.permissions].join(' '),
      sub: person.id,
      username: person.email,
      client_id: 'gatehouse',
      iss: issuer,
      aud: issuer,
      exp: seconds(endsAt),
      iat: seconds(claims.issuedAt),
      jti: claims.tokenId,
      auth_time: seconds(person.authenticatedAt.getTime()),
      amr: [...person.amr],
      workspace_id: person.workspaceId,
      member_id: person.memberId,
      role: person.role,
      sid: person.sessionId,
    };
  }

  static ofKey(key: ApiKeyPrincipal, issuer: string): IntrospectionDto {
    return {
      active: true,
      token_type: 'api_key',
      scope: key.scopes.join(' '),
      sub: key.id,
      username: key.name,
      client_id: key.id,
      iss: issuer,
      aud: issuer,
      jti: key.id,
      ...(key.expiresAt ? { exp: seconds(key.expiresAt.getTime()) } : {}),
      workspace_id: key.workspaceId,
    };
  }
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
