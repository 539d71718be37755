import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IsLine } from '../../http/is-line';
import { PageQuery, pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { RequestStatus, RevealRequest } from './reveal-requests.service';

export class AskToRevealDto {
  @ApiProperty({ minLength: 1, maxLength: 500, example: 'Restoring the billing database' })
  @IsLine(500)
  reason: string;
}

export class RevealRequestQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['pending'], description: 'Only what waits for a decision' })
  @WhenGiven()
  @IsIn(['pending'])
  status?: 'pending';
}

export class RevealRequestDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  secretId: string;

  @ApiProperty({ format: 'uuid', description: 'The member who asks' })
  requestedBy: string;

  @ApiProperty()
  reason: string;

  @ApiProperty({ enum: ['pending', 'approved', 'rejected', 'withdrawn', 'used', 'expired'] })
  status: RequestStatus;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'Until then it may be decided or, once approved, used' })
  expiresAt: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  decidedBy: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  decidedAt: string | null;

  static of(request: RevealRequest): RevealRequestDto {
    const { id, secretId, requestedBy, reason, status, createdAt, expiresAt, decidedBy, decidedAt } = request;
    return {
      ...{ id, secretId, requestedBy, reason, status, decidedBy },
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      decidedAt: decidedAt?.toISOString() ?? null,
    };
  }
}

export const RevealRequestPage = pageOf(RevealRequestDto);
