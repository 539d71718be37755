import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString, Length, ValidateIf } from 'class-validator';
import { ValidationFailed } from '../../http/problems';
import type { FactorAnswer } from './factor-answer';

/** An answer to a factor: a code, or what `navigator.credentials` answered, in its JSON form. One of them. */
export class FactorAnswerDto {
  @ApiPropertyOptional({
    description: 'The code an authenticator app shows now or a text message brought, or a recovery code',
    example: '287082',
  })
  @ValidateIf(({ code, credential }: FactorAnswerDto) => code !== undefined || credential === undefined)
  @IsString()
  @Length(1, 64)
  code?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'The PublicKeyCredential of a passkey or security key, by its toJSON()',
  })
  @ValidateIf(({ credential }: FactorAnswerDto) => credential !== undefined)
  @IsObject()
  credential?: Record<string, unknown>;
}

/** Throws 400 `validation_failed` for both at once: one of them would decide, and nobody could tell which. */
export function answerOf({ code, credential }: FactorAnswerDto): FactorAnswer {
  if (code !== undefined && credential !== undefined) {
    throw new ValidationFailed([{ field: 'credential', message: 'Send either a code or a credential.' }]);
  }
  return credential === undefined ? { code: code! } : { credential };
}
