import { Body, Controller, Get, HttpCode, Post, Query, StreamableFile } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, RequirePermission, RequireScope } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import {
  AccessReviewDto,
  AccessReviewPage,
  CancelReviewDto,
  CompleteReviewDto,
  CreateReviewDto,
  DecideDto,
  ReviewItemDto,
  ReviewItemPage,
  ReviewItemsQuery,
  ReviewResultQuery,
} from './access-reviews.dto';
import { AccessReviews } from './access-reviews.service';
import { ReviewCancellation } from './review-cancellation.service';
import { ReviewCompletion } from './review-completion.service';
import { ReviewDecisions } from './review-decisions.service';

/** Only people decide who keeps access; API keys may read reviews. */
@ApiTags('Access reviews')
@Controller('v1/access-reviews')
export class AccessReviewsController {
  constructor(
    private readonly reviews: AccessReviews,
    private readonly decisions: ReviewDecisions,
    private readonly completion: ReviewCompletion,
    private readonly cancellation: ReviewCancellation,
  ) {}

  @Post()
  @RequirePermission('members:write')
  @Audited('access_review.created')
  @ApiOperation({ summary: 'Take down who has access, why, and since when, and ask reviewers by mail' })
  @ApiCreatedResponse({ type: AccessReviewDto })
  @ApiConflictResponse({ description: '`review_empty`, `review_too_large`' })
  async begin(@Caller() caller: UserPrincipal, @Body() input: CreateReviewDto): Promise<AccessReviewDto> {
    return AccessReviewDto.of(await this.reviews.begin(caller, input));
  }

  @Get()
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'Access reviews, newest first' })
  @ApiOkResponse({ type: AccessReviewPage })
  async list(@Query() query: PageQuery): Promise<Page<AccessReviewDto>> {
    return toPage(await this.reviews.list(query), query.limit, (review) => AccessReviewDto.of(review));
  }

  @Get(':id')
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'One review, and how far it is' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AccessReviewDto })
  async get(@IdParam('Access review') id: string): Promise<AccessReviewDto> {
    return AccessReviewDto.of(await this.reviews.get(id));
  }

  @Get(':id/items')
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'The members of a review, as they were when it began' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ReviewItemPage })
  async items(
    @IdParam('Access review') id: string,
    @Query() query: ReviewItemsQuery,
  ): Promise<Page<ReviewItemDto>> {
    const items = await this.decisions.list(id, query);
    return toPage(items, query.limit, (item) => ReviewItemDto.of(item));
  }

  @Post(':id/items/:itemId')
  @HttpCode(200)
  @RequirePermission('members:write')
  @Audited('access_review.decided')
  @ApiOperation({ summary: 'Decide, once; removals take effect when the review is completed' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiParam({ name: 'itemId', format: 'uuid' })
  @ApiOkResponse({ type: ReviewItemDto })
  @ApiForbiddenResponse({ description: '`own_access`, `not_a_reviewer`' })
  @ApiConflictResponse({
    description: '`already_decided`, `review_completed`, `review_cancelled`, `member_erased` (for a note)',
  })
  async decide(
    @Caller() caller: UserPrincipal,
    @IdParam('Access review') id: string,
    @IdParam('Item', 'itemId') itemId: string,
    @Body() input: DecideDto,
  ): Promise<ReviewItemDto> {
    return ReviewItemDto.of(await this.decisions.decide(caller, id, itemId, input));
  }

  @Post(':id/complete')
  @HttpCode(200)
  @RequirePermission('members:write')
  @Audited('access_review.completed')
  @ApiOperation({ summary: 'Remove whom reviewers removed, and sign the result' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AccessReviewDto })
  @ApiConflictResponse({ description: '`review_incomplete`, `review_completed`, `review_cancelled`' })
  async complete(
    @Caller() caller: UserPrincipal,
    @IdParam('Access review') id: string,
    @Body() { undecided }: CompleteReviewDto,
  ): Promise<AccessReviewDto> {
    return AccessReviewDto.of(await this.completion.complete(caller, id, undecided));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequirePermission('members:write')
  @Audited('access_review.cancelled')
  @ApiOperation({ summary: 'End a review without doing anything of what was decided' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AccessReviewDto })
  @ApiConflictResponse({ description: '`review_completed`, `review_cancelled`' })
  async cancel(
    @Caller() caller: UserPrincipal,
    @IdParam('Access review') id: string,
    @Body() { reason }: CancelReviewDto,
  ): Promise<AccessReviewDto> {
    return AccessReviewDto.of(await this.cancellation.cancel(caller, id, reason));
  }

  @Get(':id/result')
  @RequirePermission('members:read')
  @Audited('access_review.exported')
  @ApiOperation({ summary: 'The signed result as JSON, or as CSV whose signature stands in the JSON' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({
    content: {
      'application/json': {
        schema: { type: 'object', required: ['manifest', 'signature'], additionalProperties: true },
      },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  @ApiConflictResponse({ description: '`review_open`, `review_cancelled`' })
  async result(
    @IdParam('Access review') id: string,
    @Query() { format = 'json' }: ReviewResultQuery,
  ): Promise<StreamableFile> {
    const { json, csv } = await this.completion.result(id, format);
    const text = format === 'csv' ? csv : JSON.stringify(json, null, 2);
    return new StreamableFile(Buffer.from(text), {
      type: format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8',
      disposition: `attachment; filename="access-review-${id}.${format}"`,
    });
  }
}
