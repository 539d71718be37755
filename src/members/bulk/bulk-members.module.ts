import { Module } from '@nestjs/common';
import { PeopleModule } from '../people.module';
import { BulkMembersController } from './bulk-members.controller';
import { BulkMembers } from './bulk-members.service';

/** One change for many members at once. */
@Module({
  imports: [PeopleModule],
  controllers: [BulkMembersController],
  providers: [BulkMembers],
  exports: [BulkMembers],
})
export class BulkMembersModule {}
