import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { WEEK_SECONDS } from '../config/durations';
import { WhenGiven } from '../http/when-given';
import { pageOf } from '../http/page';
import { type AuditStream, STREAM_TYPES, type StreamType } from './audit-stream.entity';
import { shownUrl } from './receiver';
import { ListedFilterDto, ReceiverDto } from './receiver.dto';

const STARTS = ['now', 'beginning'] as const;

export class CreateAuditStreamDto extends ReceiverDto {
  @ApiProperty({ enum: STREAM_TYPES, description: '`syslog`: RFC 5424 over TCP' })
  @IsIn(STREAM_TYPES)
  type: StreamType;

  @ApiPropertyOptional({
    enum: STARTS,
    default: 'now',
    description: 'Whether the receiver gets what happens from now on, or the whole log',
  })
  @WhenGiven()
  @IsIn(STARTS)
  startAt?: (typeof STARTS)[number];
}

/** What is left out stays as it is; null takes out what need not be there. */
export class UpdateAuditStreamDto extends ReceiverDto {}

export class ResumeAuditStreamDto {
  @ApiPropertyOptional({
    default: false,
    description: 'Leave out the events that the receiver refused last, for good',
  })
  @WhenGiven()
  @IsBoolean()
  skip?: boolean;
}

export class RotateStreamSecretDto {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: WEEK_SECONDS,
    default: 86_400,
    description: 'For how long messages are signed with the old secret as well',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(WEEK_SECONDS)
  overlapSeconds?: number;
}

/** How far a stream is. */
export interface Backlog {
  readonly entries: number;
  /** Since when the oldest of them waits. */
  readonly since: Date | null;
}

export class BacklogDto {
  @ApiProperty({ description: 'Sealed events after the last one that was delivered, whatever the filter' })
  events: number;

  @ApiProperty({ description: 'For how long the oldest of them has been waiting' })
  lagSeconds: number;

  static of({ entries, since }: Backlog, now: Date): BacklogDto {
    const waiting = entries > 0 && since ? (now.getTime() - since.getTime()) / 1000 : 0;
    return { events: entries, lagSeconds: Math.max(0, Math.round(waiting)) };
  }
}

/** What may be shown of a stream: named field by field, secrets not among them. */
export class AuditStreamDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ enum: STREAM_TYPES, description: '`syslog`: RFC 5424 over TCP' })
  type: StreamType;

  @ApiProperty({
    enum: ['gatehouse', 'ocsf', 'cef'],
    description: 'How an event is written: as in `GET /v1/audit-events`, as OCSF, or as CEF',
  })
  format: string;

  @ApiProperty({ type: String, nullable: true, description: 'The values in its query are left out' })
  url: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    enum: ['ndjson', 'json'],
    description: 'Of a webhook: one event on each line, or all as one list; null: it is no webhook',
  })
  encoding: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of a syslog receiver; null: it is a webhook' })
  host: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Of a syslog receiver; null: it is a webhook' })
  port: number | null;

  @ApiProperty({ description: 'Whether events travel without TLS' })
  plaintext: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'PEM' })
  ca: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'PEM' })
  clientCertificate: string | null;

  @ApiProperty({ type: ListedFilterDto })
  filter: ListedFilterDto;

  @ApiProperty({
    enum: ['active', 'paused'],
    description: 'A `paused` one sends nothing until it is resumed',
  })
  status: AuditStream['status'];

  @ApiProperty({
    type: String,
    nullable: true,
    enum: ['admin', 'refused', 'unreachable'],
    description: 'An admin did, or the receiver refused or was unreachable for too long; null: it is active',
  })
  pausedBecause: AuditStream['pausedBecause'];

  @ApiProperty({ type: BacklogDto })
  backlog: BacklogDto;

  @ApiProperty({ description: 'Events that the receiver has taken' })
  delivered: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: never' })
  lastDeliveredAt: string | null;

  @ApiProperty({ description: 'Attempts in a row that failed' })
  failures: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null: the last attempt succeeded',
  })
  failingSince: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the receiver or the network said when it last failed; null: it never has',
  })
  lastError: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it never failed' })
  lastErrorAt: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until then messages are signed with the old secret too; null: with one',
  })
  previousSecretUntil: string | null;

  @ApiProperty({ format: 'uuid', description: 'The member who made it' })
  createdBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of(stream: AuditStream, backlog: Backlog, now: Date): AuditStreamDto {
    return {
      id: stream.id,
      name: stream.name,
      type: stream.type,
      format: stream.format,
      url: stream.url && shownUrl(stream.url),
      encoding: stream.type === 'webhook' ? stream.encoding : null,
      host: stream.host,
      port: stream.port,
      plaintext: stream.plaintext,
      ca: stream.ca,
      clientCertificate: stream.clientCertificate,
      filter: { types: stream.filterTypes, risks: stream.filterRisks },
      status: stream.status,
      pausedBecause: stream.pausedBecause,
      backlog: BacklogDto.of(backlog, now),
      delivered: Number(stream.delivered),
      lastDeliveredAt: stream.lastDeliveredAt?.toISOString() ?? null,
      failures: stream.failures,
      failingSince: stream.failingSince?.toISOString() ?? null,
      lastError: stream.lastError,
      lastErrorAt: stream.lastErrorAt?.toISOString() ?? null,
      previousSecretUntil: stream.previousSecretUntil?.toISOString() ?? null,
      createdBy: stream.createdBy,
      createdAt: stream.createdAt.toISOString(),
    };
  }
}

export const AuditStreamPage = pageOf(AuditStreamDto);

/** The one answer that carries the signing secret; it cannot be read again. */
export class MadeAuditStreamDto extends AuditStreamDto {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'whsec_…',
    description: 'Of a webhook: what its messages are signed with (Standard Webhooks)',
  })
  signingSecret: string | null;
}

export class StreamTestDto {
  @ApiProperty({
    enum: ['delivered', 'refused', 'unreachable'],
    description: '`refused`: the receiver answered, and did not take it',
  })
  outcome: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What it or the network said; null: it was delivered',
  })
  error: string | null;
}
