import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { AttemptsModule } from '../attempts/attempts.module';
import { ConnectionsModule } from '../connections.module';
import { LeakedSetupLinks } from './leaked-setup-links';
import { SetupLinkExpiries } from './setup-link-expiries';
import { SetupLinkNames } from './setup-link-names';
import { SetupLinksController } from './setup-links.controller';
import { SetupLinks } from './setup-links.service';
import { SetupViews } from './setup-view.service';
import { SetupVisits } from './setup-visits.service';
import { SetupWork } from './setup-work.service';

/** Links by which somebody without an account sets up one connection. */
@Module({
  imports: [MailModule, ConnectionsModule, AttemptsModule],
  controllers: [SetupLinksController],
  providers: [
    LeakedSetupLinks,
    SetupLinks,
    SetupLinkExpiries,
    SetupLinkNames,
    SetupVisits,
    SetupViews,
    SetupWork,
  ],
  exports: [SetupLinks, SetupVisits, SetupViews, SetupWork],
})
export class SetupLinksModule {}
