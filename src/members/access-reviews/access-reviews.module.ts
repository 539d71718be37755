import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { OffboardingModule } from '../offboarding/offboarding.module';
import { AccessReviewsController } from './access-reviews.controller';
import { AccessReviews } from './access-reviews.service';
import { ReviewCancellation } from './review-cancellation.service';
import { ReviewCompletion } from './review-completion.service';
import { ReviewDecisions } from './review-decisions.service';
import { ReviewMail } from './review-mail.service';
import { ReviewsPersonalData } from './reviews-personal-data';

/** Reviews of who has access. */
@Module({
  imports: [MailModule, WorkspacesModule, OffboardingModule],
  controllers: [AccessReviewsController],
  providers: [
    AccessReviews,
    ReviewDecisions,
    ReviewCompletion,
    ReviewCancellation,
    ReviewMail,
    ReviewsPersonalData,
  ],
  exports: [AccessReviews, ReviewDecisions, ReviewCompletion, ReviewCancellation],
})
export class AccessReviewsModule {}
