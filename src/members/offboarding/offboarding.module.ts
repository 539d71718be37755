import { Module } from '@nestjs/common';
import { GrantsModule } from '../grants/grants.module';
import { DirectoryRelease } from './directory-release.service';
import { OffboardingController } from './offboarding.controller';
import { Offboarding } from './offboarding.service';
import { Reinstatement } from './reinstatement.service';

/** How members leave, and how directories let them in again. */
@Module({
  imports: [GrantsModule],
  controllers: [OffboardingController],
  providers: [Offboarding, Reinstatement, DirectoryRelease],
  exports: [Offboarding, Reinstatement, DirectoryRelease],
})
export class OffboardingModule {}
