import { Module } from '@nestjs/common';
import { ConnectionsModule } from '../connections.module';
import { AttemptRetention } from './attempt-retention';
import { ConnectionTests } from './connection-tests.service';
import { FinishedSignIns } from './finished-sign-ins.service';
import { LoginAttemptsController } from './login-attempts.controller';
import { LoginAttempts } from './login-attempts.service';

/** The record of sign-ins and tests by a connection. */
@Module({
  imports: [ConnectionsModule],
  controllers: [LoginAttemptsController],
  providers: [LoginAttempts, AttemptRetention, ConnectionTests, FinishedSignIns],
  exports: [LoginAttempts, ConnectionTests, FinishedSignIns],
})
export class AttemptsModule {}
