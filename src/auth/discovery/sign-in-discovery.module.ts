import { Module } from '@nestjs/common';
import { DomainsModule } from '../../domains/domains.module';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { DiscoveryController } from './discovery.controller';
import { DiscoveryService } from './discovery.service';

/** By the address that somebody types in: password, or which identity provider. Nest has a DiscoveryModule of its own. */
@Module({
  imports: [DomainsModule, SsoConnectionsModule],
  controllers: [DiscoveryController],
  providers: [DiscoveryService],
  exports: [DiscoveryService],
})
export class SignInDiscoveryModule {}
