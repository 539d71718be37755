import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString, MaxLength } from 'class-validator';
import { WhenGiven } from '../../http/when-given';

export class PasskeyLoginDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The PublicKeyCredential that navigator.credentials.get() answered, by its toJSON()',
  })
  @IsObject()
  credential: Record<string, unknown>;

  @ApiPropertyOptional({
    description: 'Slug of the workspace the passkey must be for; it leads to its own without',
    example: 'acme',
  })
  @WhenGiven()
  @IsString()
  @MaxLength(64)
  workspace?: string;
}
