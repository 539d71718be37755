import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { IsLine } from '../http/is-line';
import { pageOf } from '../http/page';
import { WhenGiven } from '../http/when-given';
import type { StoredSecret } from './stored-secret.entity';

const MOST_CHARACTERS = 65_536;

export class CreateSecretDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'billing-provider-key' })
  @IsLine(200)
  name: string;

  @ApiProperty({ minLength: 1, maxLength: MOST_CHARACTERS, format: 'password' })
  @IsString()
  @Length(1, MOST_CHARACTERS)
  value: string;
}

export class ReplaceSecretDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200, description: 'A new name; without it the name stays' })
  @WhenGiven()
  @IsLine(200)
  name?: string;

  @ApiProperty({ minLength: 1, maxLength: MOST_CHARACTERS, format: 'password' })
  @IsString()
  @Length(1, MOST_CHARACTERS)
  value: string;
}

/** What may be shown of a secret: everything but its value. */
export class SecretDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'When the value was last replaced' })
  updatedAt: string;

  static of({ id, name, createdAt, updatedAt }: StoredSecret): SecretDto {
    return { id, name: name ?? '', createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  }
}

export class RevealedSecretDto {
  @ApiProperty({ format: 'password' })
  value: string;
}

export const SecretPage = pageOf(SecretDto);
