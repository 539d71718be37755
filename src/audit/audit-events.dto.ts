import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength, MinLength } from 'class-validator';
import { IsInstant } from '../http/instant';
import { PageQuery, pageOf } from '../http/page';
import { WhenGiven } from '../http/when-given';
import { AUDIT_EVENTS, type AuditEventType, type Risk, RISKS } from './audit-event';
import type { StoredAuditEvent } from './stored-audit-event.entity';

const TYPES = Object.keys(AUDIT_EVENTS);
const FORMATS = ['ndjson', 'csv'] as const;

/** Filter for events, shared by list and export. */
export class AuditEventFilter {
  @ApiPropertyOptional({ enum: TYPES, description: 'Only events of this type' })
  @WhenGiven()
  @IsIn(TYPES)
  type?: AuditEventType;

  @ApiPropertyOptional({ description: 'Who did it: an id, or the email address of a person' })
  @WhenGiven()
  @IsString()
  @MaxLength(1024)
  actor?: string;

  @ApiPropertyOptional({ description: 'The id of what it was done to' })
  @WhenGiven()
  @IsString()
  @MaxLength(1024)
  target?: string;

  @ApiPropertyOptional({ enum: RISKS, description: 'Only events of this risk' })
  @WhenGiven()
  @IsIn(RISKS)
  risk?: Risk;

  @ApiPropertyOptional({ format: 'date-time', description: 'At this time or later' })
  @WhenGiven()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Before this time' })
  @WhenGiven()
  @IsInstant()
  to?: string;

  @ApiPropertyOptional({ description: 'Everything that one request did' })
  @WhenGiven()
  @IsString()
  @MaxLength(1024)
  requestId?: string;

  @ApiPropertyOptional({
    description:
      'Text anywhere in the event, in any case; of an id, eight characters at least. A page of a list may be short or empty although more follows: go on until nextCursor is null',
  })
  @WhenGiven()
  @IsString()
  @MinLength(2)
  @MaxLength(256)
  text?: string;
}

export class AuditEventQuery extends IntersectionType(PageQuery, AuditEventFilter) {}

export class AuditExportQuery extends AuditEventFilter {
  @ApiPropertyOptional({
    enum: FORMATS,
    default: 'ndjson',
    description: '`ndjson` is what `npm run audit:verify` reads; `csv` is for spreadsheets',
  })
  @WhenGiven()
  @IsIn(FORMATS)
  format?: (typeof FORMATS)[number];
}

export class AuditActorDto {
  @ApiProperty({
    enum: ['user', 'api_key', 'scim', 'system'],
    description: '`system`: the service itself, by a rule or a schedule',
  })
  type: StoredAuditEvent['actorType'];

  @ApiProperty({ type: String, nullable: true })
  id: string | null;

  @ApiPropertyOptional({ format: 'email' })
  email?: string;
}

export class AuditTargetDto {
  @ApiProperty({ example: 'member', description: 'What kind of thing it happened to' })
  type: string;

  @ApiProperty({ type: String, nullable: true })
  id: string | null;
}

export class AuditEventDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time', description: 'When it was recorded' })
  time: string;

  @ApiProperty({ enum: TYPES, description: 'What happened; docs/audit-events.md tells of each' })
  type: AuditEventType;

  @ApiProperty({ enum: RISKS, description: 'As a rule that of its type' })
  risk: Risk;

  @ApiProperty({ type: AuditActorDto })
  actor: AuditActorDto;

  @ApiProperty({
    type: AuditTargetDto,
    nullable: true,
    description: 'What it happened to; null: nothing in particular',
  })
  target: AuditTargetDto | null;

  @ApiProperty({ format: 'uuid' })
  workspaceId: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where the request came from; null without a request',
  })
  ip: string | null;

  @ApiProperty({ type: String, nullable: true })
  userAgent: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'As in `x-request-id` of the answer; null without a request',
  })
  requestId: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What changed, before and after' })
  data: Record<string, unknown>;

  static of(event: StoredAuditEvent): AuditEventDto {
    return {
      id: event.id,
      time: event.time.toISOString(),
      type: event.type,
      risk: event.risk,
      actor: {
        type: event.actorType,
        id: event.actorId,
        ...(event.actorEmail ? { email: event.actorEmail } : {}),
      },
      target: event.targetType ? { type: event.targetType, id: event.targetId } : null,
      workspaceId: event.workspaceId,
      ip: event.ip,
      userAgent: event.userAgent,
      requestId: event.requestId,
      data: event.data,
    };
  }
}

export const AuditEventPage = pageOf(AuditEventDto);
