import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { MembersModule } from '../members/members.module';
import { BootstrapService } from './bootstrap.service';

@Module({ imports: [AuthModule, MembersModule], providers: [BootstrapService] })
export class BootstrapModule {}
