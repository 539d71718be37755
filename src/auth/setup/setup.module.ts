import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../../idempotency/idempotency.module';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { SetupBrowser } from './setup-browser';
import { SetupController } from './setup.controller';

/** The pages of somebody who sets one connection up by a link, without an account. */
@Module({
  imports: [IdempotencyModule, SsoConnectionsModule],
  controllers: [SetupController],
  providers: [SetupBrowser],
})
export class SetupModule {}
