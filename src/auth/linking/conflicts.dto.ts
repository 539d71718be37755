import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { PageQuery, pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { ConflictResolution, IdentityConflict } from './account-conflicts.service';

export class ConflictQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: ['open', 'all'],
    default: 'open',
    description: '`open`: those that wait for a decision',
  })
  @WhenGiven()
  @IsIn(['open', 'all'])
  status?: 'open' | 'all';
}

export class ResolveConflictDto {
  @ApiProperty({
    enum: ['link', 'dismiss'],
    description: '`link`: they are one person, and the next sign-in succeeds. `dismiss`: they are not',
  })
  @IsIn(['link', 'dismiss'])
  action: 'link' | 'dismiss';
}

export class ConflictDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: ['open', 'linked', 'dismissed', 'proved'],
    description: '`proved`: by the person themself',
  })
  status: 'open' | ConflictResolution;

  @ApiProperty({ format: 'uuid' })
  connectionId: string;

  @ApiProperty({ description: 'Its name' })
  connection: string;

  @ApiProperty({ description: 'What the identity provider calls itself: entity ID or issuer' })
  issuer: string;

  @ApiProperty({ description: 'What the identity provider calls the person: NameID or sub' })
  subject: string;

  @ApiProperty({ description: 'The address the provider named' })
  email: string;

  @ApiProperty({ type: String, nullable: true })
  displayName: string | null;

  @ApiProperty({ format: 'uuid', description: 'Who has that address here' })
  memberId: string;

  @ApiProperty({ format: 'email', description: 'The address of the member who has it here' })
  memberEmail: string;

  @ApiProperty({ description: 'How often it was tried' })
  attempts: number;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'When somebody last tried to come in as this person' })
  lastSeenAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: still open' })
  resolvedAt: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The member who did' })
  resolvedBy: string | null;

  static of(conflict: IdentityConflict): ConflictDto {
    return {
      id: conflict.id,
      status: conflict.resolution ?? 'open',
      connectionId: conflict.connectionId,
      connection: conflict.connectionName,
      issuer: conflict.issuer,
      subject: conflict.subject,
      email: conflict.email,
      displayName: conflict.displayName,
      memberId: conflict.memberId,
      memberEmail: conflict.memberEmail,
      attempts: conflict.attempts,
      createdAt: conflict.createdAt.toISOString(),
      lastSeenAt: conflict.lastSeenAt.toISOString(),
      resolvedAt: conflict.resolvedAt?.toISOString() ?? null,
      resolvedBy: conflict.resolvedBy,
    };
  }
}

export const ConflictPage = pageOf(ConflictDto);
