import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  IsUUID,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { IsInstant } from '../../http/instant';
import { IsName } from '../../http/is-line';
import { PageQuery, pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { MemberSource } from '../member.entity';
import type { Review } from './access-reviews.service';
import type { Decision, ReviewItem } from './review-decisions.service';
import type { ReviewedFacts } from './review-facts';

const SOURCES: MemberSource[] = ['founder', 'invitation', 'jit', 'scim', 'manual'];
const DECISIONS: Decision[] = ['keep', 'remove'];
const STATUSES = ['open', 'completed', 'cancelled'] as const;

export class ReviewScopeDto {
  @ApiPropertyOptional({
    enum: ROLES,
    isArray: true,
    description: 'Only members with one of these; left out: with any',
  })
  @WhenGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ROLES.length)
  @IsIn(ROLES, { each: true })
  roles?: Role[];

  @ApiPropertyOptional({
    enum: SOURCES,
    isArray: true,
    description: 'Only members who came in by one of these ways; left out: by any',
  })
  @WhenGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(SOURCES.length)
  @IsIn(SOURCES, { each: true })
  sources?: MemberSource[];

  @ApiPropertyOptional({ minimum: 1, maximum: 3650, description: 'Nor joined in that time' })
  @WhenGiven()
  @IsInt()
  @Min(1)
  @Max(3650)
  notSeenForDays?: number;
}

export class CreateReviewDto {
  @ApiProperty({ maxLength: 100, example: 'Fourth quarter' })
  @IsName(100)
  name: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Reviewers are reminded from three days before' })
  @WhenGiven()
  @IsInstant()
  dueAt?: string;

  @ApiPropertyOptional({ type: ReviewScopeDto, description: 'Left out: every member' })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => ReviewScopeDto)
  scope?: ReviewScopeDto;

  @ApiPropertyOptional({
    type: [String],
    format: 'uuid',
    description: 'Members who may change members. Left out: all of those',
  })
  @WhenGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsUUID(undefined, { each: true })
  reviewers?: string[];
}

export class ReviewItemsQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`true`: those that wait for a decision; `false`: the others' })
  @WhenGiven()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  open?: boolean;
}

export class DecideDto {
  @ApiProperty({ enum: DECISIONS, description: '`remove` takes effect when the review is completed' })
  @IsIn(DECISIONS)
  decision: Decision;

  @ApiPropertyOptional({ maxLength: 1000, description: 'Why; it stands in the result' })
  @WhenGiven()
  @IsString()
  @Length(1, 1000)
  note?: string;
}

export class CompleteReviewDto {
  @ApiPropertyOptional({ enum: ['keep'], description: 'What becomes of whoever nobody decided about' })
  @WhenGiven()
  @IsIn(['keep'])
  undecided?: 'keep';
}

export class CancelReviewDto {
  @ApiPropertyOptional({ maxLength: 1000, description: 'Stands in the audit log' })
  @WhenGiven()
  @IsString()
  @Length(1, 1000)
  reason?: string;
}

export class ReviewResultQuery {
  @ApiPropertyOptional({ enum: ['json', 'csv'], default: 'json', description: 'Both are signed' })
  @WhenGiven()
  @IsIn(['json', 'csv'])
  format?: 'json' | 'csv';
}

export class ReviewCountsDto {
  @ApiProperty({ description: 'How many members it is about' })
  items: number;

  @ApiProperty({ description: 'How many wait for a decision' })
  open: number;

  @ApiProperty({ description: 'How many are to stay as they are' })
  keep: number;

  @ApiProperty({ description: 'How many are to be removed' })
  remove: number;
}

export class AccessReviewDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ enum: STATUSES, description: 'Of a `cancelled` one nothing was done, whatever was decided' })
  status: (typeof STATUSES)[number];

  @ApiProperty({ type: ReviewScopeDto })
  scope: ReviewScopeDto;

  @ApiProperty({ type: [String], format: 'uuid', description: 'Members; none: whoever may change members' })
  reviewers: string[];

  @ApiProperty({ type: ReviewCountsDto })
  counts: ReviewCountsDto;

  @ApiProperty({ format: 'uuid', description: 'A member' })
  createdBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: at any time' })
  dueAt: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'A member; null: it is not completed',
  })
  completedBy: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null: it is not completed',
  })
  completedAt: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'A member' })
  cancelledBy: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null: it was not cancelled',
  })
  cancelledAt: string | null;

  static of(review: Review): AccessReviewDto {
    const { items, keep, remove } = review.counts;
    return {
      id: review.id,
      name: review.name,
      status: review.completedAt ? 'completed' : review.cancelledAt ? 'cancelled' : 'open',
      scope: review.scope as ReviewScopeDto,
      reviewers: [...review.reviewers],
      counts: { items, open: items - keep - remove, keep, remove },
      createdBy: review.createdBy,
      createdAt: review.createdAt.toISOString(),
      dueAt: review.dueAt?.toISOString() ?? null,
      completedBy: review.completedBy,
      completedAt: review.completedAt?.toISOString() ?? null,
      cancelledBy: review.cancelledBy,
      cancelledAt: review.cancelledAt?.toISOString() ?? null,
    };
  }
}

export class ReviewItemDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null once the person is erased, as all names' })
  email: string | null;

  @ApiProperty({ type: String, nullable: true })
  displayName: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'As the review found them: role, approver, source, joinedAt, lastSeenAt, factors, grants, groupIds',
  })
  facts: Omit<ReviewedFacts, 'apiKeys'>;

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Those that the member had made, when the review began',
  })
  apiKeys: (ReviewedFacts['apiKeys'][number] & { name: string | null })[];

  @ApiProperty({ type: [String], description: 'Groups of the directory, by name' })
  groups: string[];

  @ApiProperty({
    enum: DECISIONS,
    nullable: true,
    description: '`remove` takes effect when the review is completed',
  })
  decision: Decision | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'A member; null: nobody has decided',
  })
  decidedBy: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: nobody has decided' })
  decidedAt: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of whoever decided; null: none' })
  note: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'removed',
    description: 'What a removal came to: `removed`, `was_out_already`, `refused_last_admin`, …',
  })
  effect: string | null;

  static of(item: ReviewItem): ReviewItemDto {
    const { apiKeys, ...facts } = item.facts;
    const { personal } = item;
    return {
      id: item.id,
      memberId: item.memberId,
      email: personal?.email ?? null,
      displayName: personal?.displayName ?? null,
      facts,
      apiKeys: apiKeys.map((key) => ({ ...key, name: personal?.apiKeyNames[key.id] ?? null })),
      groups: Object.values(personal?.groupNames ?? {}),
      decision: item.decision,
      decidedBy: item.decidedBy,
      decidedAt: item.decidedAt?.toISOString() ?? null,
      note: item.note?.text ?? null,
      effect: item.effect,
    };
  }
}

export const AccessReviewPage = pageOf(AccessReviewDto);
export const ReviewItemPage = pageOf(ReviewItemDto);
