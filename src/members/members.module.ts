import { Module } from '@nestjs/common';
import { AccessReviewsModule } from './access-reviews/access-reviews.module';
import { BulkMembersModule } from './bulk/bulk-members.module';
import { DirectoryGroupsModule } from './directory-groups/directory-groups.module';
import { ErasureModule } from './erasure/erasure.module';
import { GrantsModule } from './grants/grants.module';
import { InvitationsModule } from './invitations/invitations.module';
import { LargeChangesModule } from './large-changes/large-changes.module';
import { OffboardingModule } from './offboarding/offboarding.module';
import { PeopleModule } from './people.module';
import { RoleMappingsModule } from './role-mappings/role-mappings.module';

/** People and what they may do. The OpenAPI document lists calls in the order of the imports. */
@Module({
  imports: [
    AccessReviewsModule,
    BulkMembersModule,
    PeopleModule,
    ErasureModule,
    DirectoryGroupsModule,
    OffboardingModule,
    InvitationsModule,
    LargeChangesModule,
    RoleMappingsModule,
    GrantsModule,
  ],
  exports: [
    AccessReviewsModule,
    BulkMembersModule,
    PeopleModule,
    DirectoryGroupsModule,
    OffboardingModule,
    InvitationsModule,
    LargeChangesModule,
    RoleMappingsModule,
    GrantsModule,
  ],
})
export class MembersModule {}
