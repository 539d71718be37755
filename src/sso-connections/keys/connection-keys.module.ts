import { Module } from '@nestjs/common';
import { SecretsModule } from '../../secrets/secrets.module';
import { ConnectionKeysController } from './connection-keys.controller';
import { ConnectionKeys } from './connection-keys.service';

/** The keys that this service signs and decrypts with towards a provider. */
@Module({
  imports: [SecretsModule],
  controllers: [ConnectionKeysController],
  providers: [ConnectionKeys],
  exports: [ConnectionKeys],
})
export class ConnectionKeysModule {}
