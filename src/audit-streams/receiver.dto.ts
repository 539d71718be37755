import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { AUDIT_EVENTS, type AuditEventType, type Risk, RISKS } from '../audit/audit-event';
import { IsName } from '../http/is-line';
import { WhenGiven } from '../http/when-given';
import { type Encoding, ENCODINGS, STREAM_FORMATS, type StreamFormat } from './audit-stream.entity';
import { IsHeaderValue, IsHost } from './receiver-fields';

const TYPES = Object.keys(AUDIT_EVENTS);
const MOST_PEM = 32_768;

export class FilterDto {
  @ApiPropertyOptional({ enum: TYPES, isArray: true, description: 'None: every type' })
  @WhenGiven()
  @IsArray()
  @ArrayMaxSize(200)
  @ArrayUnique()
  @IsIn(TYPES, { each: true })
  types?: AuditEventType[];

  @ApiPropertyOptional({ enum: RISKS, isArray: true, description: 'None: every risk' })
  @WhenGiven()
  @IsArray()
  @ArrayUnique()
  @IsIn(RISKS, { each: true })
  risks?: Risk[];
}

/** Where events go, and as what. Which fields are needed depends on the type. */
export class ReceiverDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100, example: 'SIEM', description: 'Left out: its host' })
  @WhenGiven()
  @IsName(100)
  name?: string;

  @ApiPropertyOptional({
    enum: STREAM_FORMATS,
    default: 'gatehouse',
    description: 'How an event is written: as in `GET /v1/audit-events`, as OCSF, or as CEF',
  })
  @WhenGiven()
  @IsIn(STREAM_FORMATS)
  format?: StreamFormat;

  @ApiPropertyOptional({ type: FilterDto, description: 'Which events it gets' })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => FilterDto)
  filter?: FilterDto;

  @ApiPropertyOptional({ example: 'https://siem.acme.test/in', description: 'Of a webhook' })
  @WhenGiven()
  @IsString()
  @MaxLength(2048)
  url?: string;

  @ApiPropertyOptional({
    enum: ENCODINGS,
    default: 'ndjson',
    description: 'Of a webhook: lines, or one array',
  })
  @WhenGiven()
  @IsIn(ENCODINGS)
  encoding?: Encoding;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'Splunk 11111111-…',
    description: 'Of a webhook: the header Authorization. Never shown again',
  })
  @IsOptional()
  @IsHeaderValue()
  authorization?: string | null;

  @ApiPropertyOptional({ example: 'syslog.acme.test', description: 'Of a syslog receiver' })
  @WhenGiven()
  @IsHost()
  host?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 65_535, default: 6514, description: 'Of a syslog receiver' })
  @WhenGiven()
  @IsInt()
  @Min(1)
  @Max(65_535)
  port?: number;

  @ApiPropertyOptional({
    default: false,
    description: 'Without TLS, which only hosts of the operator (OUTBOUND_ALLOW) may be reached by',
  })
  @WhenGiven()
  @IsBoolean()
  plaintext?: boolean;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'PEM: who vouches for the receiver, in place of the well-known authorities',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MOST_PEM)
  ca?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'PEM: what the receiver is shown' })
  @IsOptional()
  @IsString()
  @MaxLength(MOST_PEM)
  clientCertificate?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'PEM: its private key. Never shown again',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MOST_PEM)
  clientKey?: string | null;
}

export class ListedFilterDto {
  @ApiProperty({ enum: TYPES, isArray: true, description: 'Only events of these types; none: of all' })
  types: AuditEventType[];

  @ApiProperty({ enum: RISKS, isArray: true, description: 'Only events of these risks; none: of all' })
  risks: Risk[];
}
