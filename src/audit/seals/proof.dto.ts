import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Checkpoint } from './sealed-log.service';
import type { Seal } from './seal';

export class SealsQuery {
  @ApiProperty({ minimum: 0, default: 0, required: false, description: 'Seals after the one of this number' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after: number = 0;

  @ApiProperty({ minimum: 1, maximum: 200, default: 50, required: false, description: 'How many at most' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;
}

export class SealDto {
  @ApiProperty({ description: 'Beginning with 1, without gaps' })
  number: number;

  @ApiProperty({ description: 'How many events it covers' })
  size: number;

  @ApiProperty({ description: 'How many events all seals up to it cover' })
  total: number;

  @ApiProperty({ description: 'The Merkle tree hash over its events (RFC 9162), base64' })
  root: string;

  @ApiProperty({ description: 'The head of the seal before, base64; empty for the first' })
  previous: string;

  @ApiProperty({ description: 'The hash over all of this, base64' })
  head: string;

  @ApiProperty({ format: 'date-time', description: 'When it was made' })
  time: string;

  @ApiProperty({ description: 'Which key signed it' })
  keyId: string;

  @ApiProperty({ description: 'Ed25519 over the checkpoint of this seal, base64' })
  signature: string;

  static of({ workspaceId: _, ...seal }: Seal): SealDto {
    return seal;
  }
}

/** The link between two successive keys; both sign the same text. */
export class KeyLinkDto {
  @ApiProperty({ description: 'The public key before, base64' })
  previous: string;

  @ApiProperty({ description: 'By the key before, base64' })
  endorsement: string;

  @ApiProperty({ description: 'By the key that follows, base64' })
  acceptance: string;
}

export class AuditProofDto {
  @ApiProperty({ format: 'uuid' })
  workspaceId: string;

  @ApiProperty({ description: 'How many events are sealed: all that were committed when this was asked' })
  total: number;

  @ApiProperty({ type: SealDto, description: 'The newest seal' })
  seal: SealDto;

  @ApiProperty({
    description:
      'The checkpoint as a signed note. Keep it elsewhere: `audit:verify` compares an export with it',
  })
  checkpoint: string;

  @ApiProperty({ description: 'What the checkpoint is verified with: Ed25519, 32 bytes in base64' })
  publicKey: string;

  @ApiProperty({
    type: [KeyLinkDto],
    description: 'How that key follows from those before it, the newest first',
  })
  keyLinks: KeyLinkDto[];

  @ApiProperty({ type: [SealDto], description: 'Seals after the one asked for, in order' })
  seals: SealDto[];

  @ApiProperty({ type: Number, nullable: true, description: 'Pass it as after to get the next seals' })
  nextAfter: number | null;

  static of(
    { seal, note }: Checkpoint,
    key: Pick<AuditProofDto, 'publicKey' | 'keyLinks'>,
    found: readonly Seal[],
    limit: number,
  ): AuditProofDto {
    const seals = found.slice(0, limit);
    return {
      workspaceId: seal.workspaceId,
      total: seal.total,
      seal: SealDto.of(seal),
      checkpoint: note,
      ...key,
      seals: seals.map((one) => SealDto.of(one)),
      nextAfter: found.length > limit ? seals.at(-1)!.number : null,
    };
  }
}
