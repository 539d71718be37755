import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../api-keys/api-keys.module';
import { MembersModule } from '../../members/members.module';
import { AuthzenController } from './authzen.controller';
import { Evaluation } from './evaluation.service';

/** May they: the OpenID AuthZEN API. */
@Module({
  imports: [ApiKeysModule, MembersModule],
  controllers: [AuthzenController],
  providers: [Evaluation],
})
export class AuthzenModule {}
