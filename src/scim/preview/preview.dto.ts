import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsString, MaxLength } from 'class-validator';
import { WhenGiven } from '../../http/when-given';
import type { Preview, PreviewedRequest } from './preview.service';

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

export class PreviewRequestDto implements PreviewedRequest {
  @ApiProperty({ enum: METHODS, description: 'Of the request that the directory would send' })
  @IsIn(METHODS)
  method: PreviewedRequest['method'];

  @ApiProperty({ example: '/Users/01a1d2c0-0000-7000-8000-000000000000', description: 'Below /scim/v2' })
  @IsString()
  @MaxLength(256)
  path: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'What the directory would send',
    example: { Operations: [{ op: 'replace', path: 'active', value: false }] },
  })
  @WhenGiven()
  @IsObject()
  body?: Record<string, unknown>;
}

class RoleEffectDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null: no member yet' })
  before: string | null;

  @ApiProperty({ description: 'The role that they would have' })
  after: string;
}

class DepartureEffectDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Ids of what would end, by kind',
  })
  revoked: Record<string, readonly string[]>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Ids of what would go on by the policy of the workspace, by kind',
  })
  kept: Record<string, readonly string[]>;
}

export class PreviewDto {
  @ApiProperty({ description: 'What the directory would be answered' })
  status: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The kind of refusal (RFC 7644 section 3.12); null: none was named',
  })
  scimType: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why it would be refused' })
  detail: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The resource afterwards; a new one gets another id when it is really made',
  })
  resource: Record<string, unknown> | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Of a request to /Bulk: the BulkResponse, with what would become of each operation',
  })
  bulk: object | null;

  @ApiProperty({ type: [String], description: 'What would be different, in sentences' })
  effects: string[];

  @ApiProperty({ type: [RoleEffectDto], description: 'Whose role would be another one' })
  roles: RoleEffectDto[];

  @ApiProperty({
    type: [DepartureEffectDto],
    description: 'Who would leave, and what would end with it, by kind',
  })
  departures: DepartureEffectDto[];

  static of({ effects, roles, departures, ...rest }: Preview): PreviewDto {
    return { ...rest, effects: [...effects], roles: [...roles], departures: [...departures] };
  }
}
