import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module';
import { AuthModule } from '../auth/auth.module';
import { DevicesModule } from '../auth/devices/devices.module';
import { IdentitiesModule } from '../auth/identities/identities.module';
import { AuditStreamsModule } from '../audit-streams/audit-streams.module';
import { DomainsModule } from '../domains/domains.module';
import { MembersModule } from '../members/members.module';
import { ScimModule } from '../scim/scim.module';
import { SsoConnectionsModule } from '../sso-connections/sso-connections.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { ApiKeyPageController } from './api-keys/api-key-page.controller';
import { ApiKeysPagesController } from './api-keys/api-keys-pages.controller';
import { AuditPagesController } from './audit/audit-pages.controller';
import { AuditStreamsPagesController } from './audit-streams/audit-streams-pages.controller';
import { ConflictFormsController } from './connections/conflict-forms.controller';
import { ConnectionFormsController } from './connections/connection-forms.controller';
import { ConnectionPageController } from './connections/connection-page.controller';
import { ConnectionsPagesController } from './connections/connections-pages.controller';
import { DomainFormsController } from './connections/domain-forms.controller';
import { KeyFormsController } from './connections/key-forms.controller';
import { ReadingFormController } from './connections/reading-form.controller';
import { RevisionsPagesController } from './connections/revisions-pages.controller';
import { ActivityPageController } from './directory/activity-page.controller';
import { ClientFormsController } from './directory/client-forms.controller';
import { DirectoryOverview } from './directory/directory-overview.service';
import { DirectoryPagesController } from './directory/directory-pages.controller';
import { HoldFormsController } from './directory/hold-forms.controller';
import { InviteSeveralController } from './members/invite-several.controller';
import { MemberOverviews } from './members/member-overview.service';
import { MemberPageController } from './members/member-page.controller';
import { MembersPagesController } from './members/members-pages.controller';
import { SelectedFormsController } from './members/selected-forms.controller';
import { ReviewPagesController } from './reviews/review-pages.controller';
import { RoleMappingsPagesController } from './role-mappings/role-mappings-pages.controller';
import { SettingsPagesController } from './settings/settings-pages.controller';

/** What admins do with a browser and without the API. Pages and forms over the services of the other rooms. */
@Module({
  imports: [
    ApiKeysModule,
    AuditStreamsModule,
    AuthModule,
    DevicesModule,
    IdentitiesModule,
    DomainsModule,
    MembersModule,
    ScimModule,
    SsoConnectionsModule,
    WorkspacesModule,
  ],
  controllers: [
    // Before the routes that take anything for the id of a member.
    SelectedFormsController,
    InviteSeveralController,
    MembersPagesController,
    MemberPageController,
    ReviewPagesController,
    ConnectionsPagesController,
    ConflictFormsController,
    ConnectionFormsController,
    ConnectionPageController,
    KeyFormsController,
    ReadingFormController,
    RevisionsPagesController,
    DomainFormsController,
    DirectoryPagesController,
    ActivityPageController,
    ClientFormsController,
    HoldFormsController,
    ApiKeysPagesController,
    ApiKeyPageController,
    AuditPagesController,
    AuditStreamsPagesController,
    RoleMappingsPagesController,
    SettingsPagesController,
  ],
  providers: [DirectoryOverview, MemberOverviews],
})
export class ConsoleModule {}
