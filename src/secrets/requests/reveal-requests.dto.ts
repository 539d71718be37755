import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IsLine } from '../../http/is-line';
import { PageQuery, pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { RequestStatus, RevealRequest } from './reveal-requests.service';

export class AskToRevealDto {
  @ApiProperty({
    minLength: 1,
    maxLength: 500,
    example: 'Restoring the billing database',
    description: 'Why; it stands in the audit log',
  })
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

  @ApiProperty({ format: 'uuid', description: 'The secret that is to be read' })
  secretId: string;

  @ApiProperty({ format: 'uuid', description: 'The member who asks' })
  requestedBy: string;

  @ApiProperty({ description: 'Why; it stands in the audit log' })
  reason: string;

  @ApiProperty({
    enum: ['pending', 'approved', 'rejected', 'withdrawn', 'used', 'expired'],
    description: '`approved`: good for one look; `used`: that was taken',
  })
  status: RequestStatus;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'Until then it may be decided or, once approved, used' })
  expiresAt: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'A member; null: nobody has decided',
  })
  decidedBy: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: nobody has decided' })
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
