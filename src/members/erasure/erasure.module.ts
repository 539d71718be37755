import { Module } from '@nestjs/common';
import { OffboardingModule } from '../offboarding/offboarding.module';
import { ErasureController } from './erasure.controller';
import { Erasure } from './erasure.service';
import { MembersPersonalData } from './members-personal-data';
import { PeopleKnown } from './people-known.service';
import { PersonalExport } from './personal-export.service';

/** Export and erasure of what is known of a person. */
@Module({
  imports: [OffboardingModule],
  controllers: [ErasureController],
  providers: [Erasure, PersonalExport, PeopleKnown, MembersPersonalData],
})
export class ErasureModule {}
