import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module';
import { LogoutController } from './logout.controller';
import { LogoutRequests } from './logout-requests.service';
import { LogoutService } from './logout.service';
import { ProviderLogouts } from './provider-logout';

/** Leaving, here and at the identity provider. The rooms of the protocols register with ProviderLogouts. */
@Module({
  imports: [SessionsModule],
  controllers: [LogoutController],
  providers: [LogoutService, LogoutRequests, ProviderLogouts],
  exports: [LogoutService, LogoutRequests, ProviderLogouts],
})
export class LogoutModule {}
