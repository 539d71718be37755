import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { MembersModule } from '../../members/members.module';
import { ApprovedDepartures } from '../guard/approved-departures.service';
import { DeactivationGuard } from '../guard/deactivation-guard.service';
import { EmptiedHolds } from '../guard/emptied-holds.service';
import { HeldChanges } from '../guard/held-changes.service';
import { HoldsController } from '../guard/holds.controller';
import { Holds } from '../guard/holds.service';
import { Departures } from './departures.service';

/** How directories take people out and let them in, and what stands between. */
@Module({
  imports: [MembersModule, MailModule],
  controllers: [HoldsController],
  providers: [ApprovedDepartures, DeactivationGuard, EmptiedHolds, HeldChanges, Holds, Departures],
  exports: [Departures, Holds],
})
export class DeparturesModule {}
