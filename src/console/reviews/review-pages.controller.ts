import { Body, Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import type { HtmlPage } from '../../http/html-page';
import { PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { AccessReviews } from '../../members/access-reviews/access-reviews.service';
import { ReviewCancellation } from '../../members/access-reviews/review-cancellation.service';
import { ReviewCompletion } from '../../members/access-reviews/review-completion.service';
import { ReviewDecisions } from '../../members/access-reviews/review-decisions.service';
import { SECTIONS } from '../../auth/pages/sections';
import { type Onward, ShowsPage } from '../shows-page';
import { BeginReviewFormDto, DecideFormDto, EndReviewFormDto, ReviewPageQuery } from './review-forms.dto';
import { reviewPage, reviewsPage, reviewUrl } from './review-pages';

const { path } = SECTIONS.reviews;

/** Where the mail to reviewers leads: they look at everybody in a review, and decide. Forms only. */
@ApiExcludeController()
@Controller(path)
export class ReviewPagesController {
  constructor(
    private readonly reviews: AccessReviews,
    private readonly decisions: ReviewDecisions,
    private readonly completion: ReviewCompletion,
    private readonly cancellation: ReviewCancellation,
  ) {}

  @Get()
  @RequirePermission('members:read')
  @ShowsPage()
  async list(@Caller() caller: UserPrincipal, @Query() query: PageQuery): Promise<HtmlPage> {
    const { data, nextCursor } = toPage(await this.reviews.list(query), query.limit, (review) => review);
    return reviewsPage(caller, data, nextCursor);
  }

  @Post()
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('access_review.created')
  async begin(@Caller() caller: UserPrincipal, @Body() { name }: BeginReviewFormDto): Promise<Onward> {
    const { id } = await this.reviews.begin(caller, { name });
    return { url: reviewUrl(id) };
  }

  @Get(':id')
  @RequirePermission('members:read')
  @ShowsPage()
  async show(
    @Caller() caller: UserPrincipal,
    @IdParam('Access review') id: string,
    @Query() { show, ...query }: ReviewPageQuery,
  ): Promise<HtmlPage> {
    const decided = show === 'decided';
    const found = await this.decisions.list(id, { ...query, open: !decided });
    const { data, nextCursor } = toPage(found, query.limit, (item) => item);
    return reviewPage(caller, await this.reviews.get(id), { items: data, next: nextCursor, decided });
  }

  @Post(':id/items/:itemId')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('access_review.decided')
  async decide(
    @Caller() caller: UserPrincipal,
    @IdParam('Access review') id: string,
    @IdParam('Item', 'itemId') itemId: string,
    @Body() { decision }: DecideFormDto,
  ): Promise<Onward> {
    await this.decisions.decide(caller, id, itemId, { decision });
    return { url: reviewUrl(id) };
  }

  @Post(':id/end')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('access_review.completed', 'access_review.cancelled')
  async end(
    @Caller() caller: UserPrincipal,
    @IdParam('Access review') id: string,
    @Body() { how, removals }: EndReviewFormDto,
  ): Promise<Onward> {
    if (how === 'complete') await this.completion.complete(caller, id, 'keep', removals);
    else await this.cancellation.cancel(caller, id);
    return { url: reviewUrl(id) };
  }
}
