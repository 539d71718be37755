import { Module } from '@nestjs/common';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { SetupBrowser } from './setup-browser';
import { SetupController } from './setup.controller';

/** The pages of somebody who sets one connection up by a link, without an account. */
@Module({
  imports: [SsoConnectionsModule],
  controllers: [SetupController],
  providers: [SetupBrowser],
})
export class SetupModule {}
