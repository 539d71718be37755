import { Module } from '@nestjs/common';
import { BrowserSignInModule } from '../browser/browser-sign-in.module';
import { SessionsModule } from '../sessions/sessions.module';
import { TokensController } from './tokens.controller';

/** The calls that answer with tokens. They need browser sign-ins, which need the tokens that SessionsModule provides. */
@Module({
  imports: [BrowserSignInModule, SessionsModule],
  controllers: [TokensController],
})
export class TokenCallsModule {}
