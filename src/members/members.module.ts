import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { DirectoryGroupsController } from './directory-groups/directory-groups.controller';
import { DirectoryGroups } from './directory-groups/directory-groups.service';
import { GroupMemberships } from './directory-groups/group-memberships.service';
import { GroupOverview } from './directory-groups/group-overview.service';
import { GroupRoles } from './directory-groups/group-roles.service';
import { ErasureController } from './erasure/erasure.controller';
import { Erasure } from './erasure/erasure.service';
import { MembersPersonalData } from './erasure/members-personal-data';
import { PeopleKnown } from './erasure/people-known.service';
import { PersonalExport } from './erasure/personal-export.service';
import { AccessReviewsController } from './access-reviews/access-reviews.controller';
import { AccessReviews } from './access-reviews/access-reviews.service';
import { ReviewCancellation } from './access-reviews/review-cancellation.service';
import { ReviewCompletion } from './access-reviews/review-completion.service';
import { ReviewDecisions } from './access-reviews/review-decisions.service';
import { ReviewMail } from './access-reviews/review-mail.service';
import { ReviewsPersonalData } from './access-reviews/reviews-personal-data';
import { BulkMembersController } from './bulk/bulk-members.controller';
import { BulkMembers } from './bulk/bulk-members.service';
import { EscalationMail } from './escalation-mail';
import { FoundingService } from './founding.service';
import { AccessController } from './grants/access.controller';
import { AccessService } from './grants/access.service';
import { DirectoryGrants } from './grants/directory-grants.service';
import { AccessExplanations } from './grants/access-explanation.service';
import { AccessStore } from './grants/access-store.service';
import { AlikeMembers } from './grants/alike-members.service';
import { RoleSync } from './grants/role-sync.service';
import { RuleSweep } from './grants/rule-sweep.service';
import { RuleStore } from './grants/rule-store.service';
import { InvitationAcceptanceService } from './invitations/invitation-acceptance.service';
import { InvitationDelivery } from './invitations/invitation-delivery.service';
import { InvitationList } from './invitations/invitation-list.service';
import { InvitationRetention } from './invitations/invitation-retention';
import { InvitationsController } from './invitations/invitations.controller';
import { InvitationsService } from './invitations/invitations.service';
import { LargeChangeJob } from './large-changes/large-change-job';
import { LargeChangeRunner } from './large-changes/large-change-runner.service';
import { LargeChangesController } from './large-changes/large-changes.controller';
import { LargeChanges } from './large-changes/large-changes.service';
import { PieceSizes } from './large-changes/piece-sizes';
import { MemberArrival } from './member-arrival.service';
import { MemberList } from './list/member-list.service';
import { MemberDirectoryService } from './member-directory.service';
import { MemberJoiningService } from './member-joining.service';
import { MembersController } from './members.controller';
import { MembersService } from './members.service';
import { MembershipsController } from './memberships.controller';
import { MembershipsService } from './memberships.service';
import { DirectoryRelease } from './offboarding/directory-release.service';
import { Offboarding } from './offboarding/offboarding.service';
import { OffboardingController } from './offboarding/offboarding.controller';
import { Reinstatement } from './offboarding/reinstatement.service';
import { RoleMappingPreview } from './role-mappings/role-mapping-preview.service';
import { RoleMappingsController } from './role-mappings/role-mappings.controller';
import { RoleMappingsService } from './role-mappings/role-mappings.service';
import { RulesOfConnection } from './role-mappings/rules-of-connection.service';
import { RolesController } from './roles.controller';
import { TallyFolding } from './tallies/tally-folding';
import { Standings } from './standings.service';
import { UsersService } from './users.service';
import { LeakedInvitations } from './invitations/leaked-invitations';

@Module({
  imports: [WorkspacesModule, MailModule],
  controllers: [
    AccessReviewsController,
    BulkMembersController,
    MembersController,
    AccessController,
    ErasureController,
    DirectoryGroupsController,
    OffboardingController,
    InvitationsController,
    LargeChangesController,
    MembershipsController,
    RoleMappingsController,
    RolesController,
  ],
  providers: [
    LeakedInvitations,
    DirectoryRelease,
    AccessExplanations,
    AccessReviews,
    AccessService,
    AccessStore,
    AlikeMembers,
    DirectoryGrants,
    BulkMembers,
    DirectoryGroups,
    Erasure,
    EscalationMail,
    FoundingService,
    GroupMemberships,
    GroupOverview,
    GroupRoles,
    LargeChangeJob,
    LargeChangeRunner,
    LargeChanges,
    PieceSizes,
    MemberArrival,
    MemberDirectoryService,
    MemberJoiningService,
    MemberList,
    MembersPersonalData,
    MembersService,
    MembershipsService,
    Offboarding,
    PeopleKnown,
    PersonalExport,
    Reinstatement,
    ReviewCancellation,
    ReviewCompletion,
    ReviewDecisions,
    ReviewMail,
    ReviewsPersonalData,
    RoleMappingPreview,
    RoleMappingsService,
    RoleSync,
    RulesOfConnection,
    RuleStore,
    RuleSweep,
    Standings,
    TallyFolding,
    UsersService,
    InvitationsService,
    InvitationDelivery,
    InvitationList,
    InvitationRetention,
    InvitationAcceptanceService,
  ],
  exports: [
    AccessReviews,
    BulkMembers,
    ReviewCancellation,
    ReviewCompletion,
    ReviewDecisions,
    DirectoryGrants,
    DirectoryRelease,
    AccessExplanations,
    DirectoryGroups,
    FoundingService,
    GroupMemberships,
    GroupRoles,
    LargeChangeRunner,
    LargeChanges,
    MemberArrival,
    MemberDirectoryService,
    MemberJoiningService,
    MembersService,
    MembershipsService,
    Offboarding,
    RoleSync,
    RulesOfConnection,
    Standings,
    UsersService,
    InvitationAcceptanceService,
    InvitationDelivery,
    InvitationsService,
    MemberList,
    RoleMappingPreview,
    RoleMappingsService,
  ],
})
export class MembersModule {}
