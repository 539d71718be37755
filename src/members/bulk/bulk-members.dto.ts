import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsBoolean,
  IsObject,
  IsString,
  IsUUID,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { ValidationFailed } from '../../http/problems';
import { WhenGiven } from '../../http/when-given';
import { UpdateMemberDto } from '../members.dto';
import { type BulkDeed, type BulkResult, type BulkTarget, MOST_MEMBERS } from './bulk-members.service';

const OUTCOMES = ['changed', 'removed', 'restored', 'unchanged', 'refused'] as const;

export class BulkMembersDto {
  @ApiPropertyOptional({
    type: [String],
    format: 'uuid',
    maxItems: MOST_MEMBERS,
    description: 'Whom: these, or those of a filter',
  })
  @WhenGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_MEMBERS)
  @IsUUID(undefined, { each: true })
  ids?: string[];

  @ApiPropertyOptional({
    description: `As of the list, instead of ids. The first ${MOST_MEMBERS} it matches; nextCursor leads on.`,
    example: 'role eq "editor" and source eq "invitation"',
  })
  @WhenGiven()
  @IsString()
  @MaxLength(1000)
  filter?: string;

  @ApiPropertyOptional({ description: 'nextCursor of the answer before, with the same filter' })
  @WhenGiven()
  @IsString()
  @MaxLength(512)
  cursor?: string;

  @ApiPropertyOptional({ type: UpdateMemberDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateMemberDto)
  change?: UpdateMemberDto;

  @ApiPropertyOptional({ enum: [true], description: 'Take them out' })
  @WhenGiven()
  @Equals(true)
  remove?: true;

  @ApiPropertyOptional({ enum: [true], description: 'Let removed ones back in' })
  @WhenGiven()
  @Equals(true)
  restore?: true;

  @ApiPropertyOptional({ default: false, description: 'Say what would happen, and change nothing' })
  @WhenGiven()
  @IsBoolean()
  dryRun?: boolean;

  /** Throws ValidationFailed unless either ids or a filter is given. */
  static target({ ids, filter, cursor }: BulkMembersDto): BulkTarget {
    if (ids && filter === undefined && cursor === undefined)
      return { ids: ids.map((id) => id.toLowerCase()) };
    if (!ids && filter !== undefined) return { filter, ...(cursor !== undefined && { cursor }) };
    throw new ValidationFailed([{ field: 'ids', message: 'Give either ids, or a filter.' }]);
  }

  /** Throws ValidationFailed unless exactly one thing is to be done. */
  static deed({ change, remove, restore }: BulkMembersDto): BulkDeed {
    const changes = change && (change.role !== undefined || change.approver !== undefined);
    const given = [changes, remove, restore].filter(Boolean);
    if (given.length !== 1 || (change && !changes)) {
      throw new ValidationFailed([
        { field: 'change', message: 'Say exactly one of: a change of role or approver, remove, restore.' },
      ]);
    }
    return change ? { change } : remove ? { remove } : { restore: true };
  }
}

export class BulkOutcomeDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: OUTCOMES, description: '`unchanged`: it was so already; `refused`: `code` says why' })
  outcome: (typeof OUTCOMES)[number];

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'last_admin',
    description: 'Why it was refused; null: it was not',
  })
  code: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The same, in a sentence' })
  detail: string | null;
}

export class BulkMembersResultDto {
  @ApiProperty({ description: 'Whether nothing was done and this is what would be' })
  dryRun: boolean;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many of each outcome',
    example: { changed: 3, unchanged: 1, refused: 1 },
  })
  counts: Record<string, number>;

  @ApiProperty({ type: [BulkOutcomeDto], description: 'One for each member' })
  results: BulkOutcomeDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where the filter matches more: send it as cursor',
  })
  nextCursor: string | null;

  static of({ outcomes, next }: BulkResult, dryRun: boolean): BulkMembersResultDto {
    const counts: Record<string, number> = {};
    for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
    const results = outcomes.map(({ id, outcome, refusal }) => ({
      ...{ id, outcome },
      code: refusal?.code ?? null,
      detail: refusal?.detail ?? null,
    }));
    return { dryRun, counts, results, nextCursor: next };
  }
}
