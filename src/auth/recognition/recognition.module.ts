import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../api-keys/api-keys.module';
import { SessionsModule } from '../sessions/sessions.module';
import { ForwardAuthController } from './forward-auth.controller';
import { IntrospectionController } from './introspection.controller';
import { IntrospectionService } from './introspection.service';
import { MeController } from './me.controller';
import { TokenRevocation } from './token-revocation.service';

/** Who is asking: the caller themselves, introspection, revocation, and gateways before the product. */
@Module({
  imports: [ApiKeysModule, SessionsModule],
  controllers: [MeController, IntrospectionController, ForwardAuthController],
  providers: [IntrospectionService, TokenRevocation],
})
export class RecognitionModule {}
