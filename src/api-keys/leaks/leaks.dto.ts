import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { sha256 } from '../../crypto/sha256';

const LONGEST = 4096;

export class PresentedKeyDto {
  @ApiProperty({ example: 'gh_…', format: 'password', description: 'What was found' })
  @IsString()
  @MaxLength(LONGEST)
  key: string;
}

export class RecognisedKeyDto {
  @ApiProperty({ description: 'Whether the text is written like an API key, checksum and all' })
  recognised: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'SCIM token',
    description: 'What it is written like, of everything that can be reported here',
  })
  kind: string | null;
}

export class LeakAcceptedDto {
  @ApiProperty({ enum: ['accepted'], description: 'The same for whatever text was sent' })
  status: 'accepted';
}

/** A finding as partners send it, with their field names. */
export class FoundTokenDto {
  @ApiProperty({ description: 'The text that was found' })
  token: string;

  @ApiProperty({ description: 'Which pattern it matched; comes back as `token_type`' })
  type: string;

  @ApiPropertyOptional({ description: 'Where it was found' })
  url?: string;

  @ApiPropertyOptional({ description: 'What it was found in, such as `content`' })
  source?: string;
}

export class LabelledTokenDto {
  @ApiProperty({ description: 'SHA-256 of the token in base64: the token itself is not repeated' })
  token_hash: string;

  @ApiProperty({ description: 'As it was sent' })
  token_type: string;

  @ApiProperty({
    enum: ['true_positive', 'false_positive'],
    description: 'Whether it is a credential of this service',
  })
  label: 'true_positive' | 'false_positive';

  static of({ token, type }: FoundTokenDto, isOurs: boolean): LabelledTokenDto {
    return {
      token_hash: sha256(token).toString('base64'),
      token_type: type,
      label: isOurs ? 'true_positive' : 'false_positive',
    };
  }
}

/** The findings in a body; undefined when it is not a list of them. Ignores fields that partners may add. */
export function readFindings(body: unknown, most: number): FoundTokenDto[] | undefined {
  if (!Array.isArray(body) || body.length > most) return undefined;
  const isText = (value: unknown, needed: boolean): boolean =>
    value === undefined || value === null ? !needed : typeof value === 'string' && value.length <= LONGEST;
  const isFinding = (item: unknown): item is FoundTokenDto => {
    if (typeof item !== 'object' || item === null) return false;
    const { token, type, url, source } = item as Record<string, unknown>;
    return isText(token, true) && isText(type, true) && isText(url, false) && isText(source, false);
  };
  return body.every(isFinding) ? body : undefined;
}
