import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import { IsInstant } from '../../http/instant';
import { PageQuery, pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import { type ActivityOutcome, OUTCOMES } from './activity-entry';
import type { Activity } from './activity';

export class ActivityQuery extends PageQuery {
  @ApiPropertyOptional({ format: 'uuid', description: 'Requests about this member' })
  @WhenGiven()
  @IsUUID()
  member?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'Requests about this group' })
  @WhenGiven()
  @IsUUID()
  group?: string;

  @ApiPropertyOptional({ enum: OUTCOMES, description: 'Only requests that came to this' })
  @WhenGiven()
  @IsIn(OUTCOMES)
  outcome?: ActivityOutcome;

  @ApiPropertyOptional({ format: 'uuid', description: 'Requests with this credential' })
  @WhenGiven()
  @IsUUID()
  token?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'At this time or later' })
  @WhenGiven()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Before this time' })
  @WhenGiven()
  @IsInstant()
  to?: string;

  @ApiPropertyOptional({ description: 'Text in the summary or the request line, in any case' })
  @WhenGiven()
  @IsString()
  @MinLength(2)
  @MaxLength(256)
  text?: string;
}

class ActivityDirectoryDto {
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The credential' })
  tokenId: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the credential is called; null when it was not known',
  })
  tokenName: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As it says itself', example: 'Okta' })
  connector: string | null;
}

class ActivityOperationDto {
  @ApiProperty({ example: 'replace', description: 'add, replace or remove' })
  op: string;

  @ApiPropertyOptional({ example: 'active', description: 'The attribute; absent: the value names them' })
  path?: string;

  @ApiPropertyOptional({
    anyOf: [
      { type: 'object', additionalProperties: true },
      { type: 'array', items: {} },
      ...['string', 'number', 'boolean', 'null'].map((type) => ({ type })),
    ],
    description: 'Secrets are masked, and much is cut to size',
  })
  value?: unknown;
}

class ActivityResourceDto {
  @ApiProperty({ enum: ['User', 'Group'], description: 'Of SCIM' })
  type: string;

  @ApiProperty({ format: 'uuid' })
  id: string;
}

class ActivityNamedDto {
  @ApiProperty({ description: 'How many in all' })
  count: number;

  @ApiProperty({ type: [String], description: 'At most a hundred of them' })
  ids: readonly string[];
}

class ActivityChangeDto {
  @ApiProperty({ example: 'scim.user_updated', description: 'The type of its audit event' })
  event: string;

  @ApiProperty({ type: ActivityResourceDto })
  resource: ActivityResourceDto;

  @ApiProperty({ type: String, nullable: true, description: 'What it was called then' })
  name: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { active: { before: true, after: false } },
    description: 'Each attribute that is different, before and after',
  })
  attributes?: unknown;

  @ApiPropertyOptional({ type: ActivityNamedDto })
  membersAdded?: ActivityNamedDto;

  @ApiPropertyOptional({ type: ActivityNamedDto })
  membersRemoved?: ActivityNamedDto;

  @ApiPropertyOptional({ description: 'It is gone' })
  deleted?: true;
}

export class ActivityDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time', description: 'When it came' })
  at: string;

  @ApiProperty({ example: 'Okta suspended Bob', description: 'What became of the request, in a sentence' })
  summary: string;

  @ApiProperty({
    enum: OUTCOMES,
    description:
      '`held`: waits for an admin; `refused`: the directory has to send something else; `failed`: our fault',
  })
  outcome: ActivityOutcome;

  @ApiProperty({ type: ActivityDirectoryDto })
  directory: ActivityDirectoryDto;

  @ApiProperty({ example: 'PATCH', description: 'Of HTTP' })
  method: string;

  @ApiProperty({ description: 'Below the SCIM base URL' })
  path: string;

  @ApiProperty({ type: String, nullable: true, description: 'As it was sent; null: none' })
  query: string | null;

  @ApiProperty({ description: 'Of HTTP, as it was answered' })
  status: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The kind of refusal (RFC 7644 section 3.12); null: none was named',
  })
  scimType: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of a refusal' })
  detail: string | null;

  @ApiProperty({ description: 'From arrival to answer, in milliseconds' })
  durationMs: number;

  @ApiProperty({ type: [ActivityOperationDto], description: 'What was asked for' })
  operations: ActivityOperationDto[];

  @ApiProperty({ type: [ActivityChangeDto], description: 'What was done' })
  changes: ActivityChangeDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Where the request came from' })
  ip: string | null;

  @ApiProperty({ type: String, nullable: true })
  userAgent: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Its audit events have the same' })
  requestId: string | null;

  static of({
    at,
    directoryId,
    directoryName,
    connector,
    operations,
    changes,
    ...rest
  }: Activity): ActivityDto {
    return {
      ...rest,
      at: at.toISOString(),
      directory: { tokenId: directoryId, tokenName: directoryName, connector },
      operations: [...operations],
      changes: [...changes],
    };
  }
}

export const ActivityPage = pageOf(ActivityDto);
