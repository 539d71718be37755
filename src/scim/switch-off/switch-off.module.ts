import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { MembersModule } from '../../members/members.module';
import { DeparturesModule } from '../departure/departures.module';
import { CredentialsAtOnce } from '../directories/credentials-at-once.service';
import { SwitchOffController } from './switch-off.controller';
import { SwitchOffs } from './switch-off.service';
import { DirectoryEnd } from './directory-end.service';
import { SwitchOffNotices } from './switch-off-notices.service';
import { SwitchOffPeople } from './switch-off-people.service';
import { SwitchOffPlan } from './switch-off-plan.service';

/** Switching a directory off. */
@Module({
  imports: [MembersModule, MailModule, DeparturesModule],
  controllers: [SwitchOffController],
  providers: [CredentialsAtOnce, DirectoryEnd, SwitchOffs, SwitchOffNotices, SwitchOffPeople, SwitchOffPlan],
})
export class SwitchOffModule {}
