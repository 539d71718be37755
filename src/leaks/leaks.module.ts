import { Global, Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { LeakedCredentials } from './leaked-credentials';

/** What happens when the text of a credential is found where it should not be. Rooms add the kinds that they issue. */
@Global()
@Module({
  imports: [MailModule],
  providers: [LeakedCredentials],
  exports: [LeakedCredentials],
})
export class LeaksModule {}
