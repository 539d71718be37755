import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { IsLine, IsName } from '../http/is-line';
import { pageOf } from '../http/page';
import { WhenGiven } from '../http/when-given';
import type { VersionOfSecret, VersionStatus } from './secret-versions.service';
import type { StoredSecret } from './stored-secret.entity';

const MOST_CHARACTERS = 65_536;
const MOST_VERSIONS = 2_147_483_647;

/** Conditions for reading a value. */
class RevealTermsDto {
  @ApiPropertyOptional({ default: false, description: 'Whoever reads the value says why' })
  @WhenGiven()
  @IsBoolean()
  reasonRequired?: boolean;

  @ApiPropertyOptional({ default: false, description: 'Somebody else approves each look' })
  @WhenGiven()
  @IsBoolean()
  approvalRequired?: boolean;

  @ApiPropertyOptional({
    type: Number,
    minimum: 1,
    maximum: 100_000,
    nullable: true,
    description: 'null: any',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100_000)
  revealsPerHour?: number | null;
}

export class CreateSecretDto extends RevealTermsDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'billing-provider-key' })
  @IsName(200)
  name: string;

  @ApiProperty({
    minLength: 1,
    maxLength: MOST_CHARACTERS,
    format: 'password',
    description: 'Stored encrypted; each look at it is on record',
  })
  @IsString()
  @Length(1, MOST_CHARACTERS)
  value: string;
}

export class ReplaceSecretDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200, description: 'A new name; without it the name stays' })
  @WhenGiven()
  @IsName(200)
  name?: string;

  @ApiProperty({
    minLength: 1,
    maxLength: MOST_CHARACTERS,
    format: 'password',
    description: 'Stored encrypted; each look at it is on record',
  })
  @IsString()
  @Length(1, MOST_CHARACTERS)
  value: string;
}

export class UpdateSecretDto extends RevealTermsDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200 })
  @WhenGiven()
  @IsName(200)
  name?: string;
}

class RevealSecretFields {
  @ApiProperty({
    minLength: 1,
    maxLength: 500,
    example: 'Restoring the billing database',
    description: 'Why; it stands in the audit log',
  })
  @IsLine(500)
  reason: string;

  @ApiProperty({ minimum: 1, description: 'The present one where none is named' })
  @IsInt()
  @Min(1)
  @Max(MOST_VERSIONS)
  version: number;
}

export class RevealSecretDto extends PartialType(RevealSecretFields, { skipNullProperties: false }) {}

/** What may be shown of a secret: everything but its value. */
export class SecretDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ description: 'Which value this is, from 1 on' })
  version: number;

  @ApiProperty({ description: 'Whether whoever reads the value has to say why' })
  reasonRequired: boolean;

  @ApiProperty({ description: 'Whether somebody else has to approve each look' })
  approvalRequired: boolean;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'How often it may be read within an hour; null: as often as one likes',
  })
  revealsPerHour: number | null;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'When the value was last replaced' })
  updatedAt: string;

  static of(secret: StoredSecret): SecretDto {
    const { id, name, version, reasonRequired, approvalRequired, revealsPerHour } = secret;
    return {
      ...{ id, name: name ?? '', version, reasonRequired, approvalRequired, revealsPerHour },
      createdAt: secret.createdAt.toISOString(),
      updatedAt: secret.updatedAt.toISOString(),
    };
  }
}

export class RevealedSecretDto {
  @ApiProperty({ format: 'password', description: 'As it was stored' })
  value: string;
}

export class SecretVersionDto {
  @ApiProperty({ description: 'From 1 on' })
  version: number;

  @ApiProperty({
    enum: ['current', 'previous', 'destroyed'],
    description: 'Of a `destroyed` one the value is gone',
  })
  status: VersionStatus;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null: its value is still there',
  })
  destroyedAt: string | null;

  static of({ version, status, createdAt, destroyedAt }: VersionOfSecret): SecretVersionDto {
    return {
      ...{ version, status },
      createdAt: createdAt.toISOString(),
      destroyedAt: destroyedAt?.toISOString() ?? null,
    };
  }
}

export const SecretPage = pageOf(SecretDto);
export const SecretVersionPage = pageOf(SecretVersionDto);
