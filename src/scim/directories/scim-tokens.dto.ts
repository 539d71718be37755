import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString, Length, Matches } from 'class-validator';
import { pageOf } from '../../http/page';
import type { ScimToken } from './scim-token.entity';

export class CreateScimTokenDto {
  @ApiProperty({ example: 'Okta', minLength: 1, maxLength: 80 })
  @IsString()
  @Length(1, 80)
  @Matches(/^[^\p{Cc}\p{Cs}]*\S[^\p{Cc}\p{Cs}]*$/u, { message: 'name must be printable and not blank' })
  name: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Without it the token lasts until revoked.',
  })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  expiresAt?: string | null;
}

/** What may be shown of a token. */
export class ScimTokenDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ description: 'The last characters of the token.' })
  hint: string;

  @ApiProperty({ format: 'uuid', description: 'The member who made it.' })
  createdBy: string;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'To the minute.' })
  lastUsedAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revokedAt: Date | null;

  static of({
    id,
    name,
    hint,
    createdBy,
    createdAt,
    expiresAt,
    lastUsedAt,
    revokedAt,
  }: ScimToken): ScimTokenDto {
    return { id, name, hint, createdBy, createdAt, expiresAt, lastUsedAt, revokedAt };
  }
}

/** The one answer that carries the token; it cannot be read again. */
export class IssuedScimTokenDto extends ScimTokenDto {
  @ApiProperty({ example: 'ghs_…', description: 'Shown once.' })
  token: string;

  @ApiProperty({ description: 'What the directory asks for as base, tenant or connector URL.' })
  baseUrl: string;
}

export class ScimTokenPage extends pageOf(ScimTokenDto) {}
