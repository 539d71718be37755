import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { DomainsModule } from '../domains/domains.module';
import { MembersModule } from '../members/members.module';
import { ActivityModule } from './activity/activity.module';
import { DeparturesModule } from './departure/departures.module';
import { DirectoriesModule } from './directories/directories.module';
import { DiscoveryController } from './discovery.controller';
import { ScimGroupMembers } from './groups/group-members.service';
import { GroupRecords } from './groups/group-records.service';
import { GroupView } from './groups/group-view.service';
import { ScimGroupsController } from './groups/scim-groups.controller';
import { GroupPatches } from './groups/group-patches.service';
import { ScimGroupsService } from './groups/scim-groups.service';
import { BulkController } from './bulk/bulk.controller';
import { BulkService } from './bulk/bulk.service';
import { SearchController } from './search/search.controller';
import { SearchService } from './search/search.service';
import { SortedSearch } from './search/sorted-search.service';
import { Bookmarks } from './listing/bookmarks';
import { ListCursors } from './listing/list-cursors';
import { ResourceLister } from './listing/resource-lister';
import { PreviewController } from './preview/preview.controller';
import { ScimPreview } from './preview/preview.service';
import type { ScimResourceType } from './resource-type';
import { ScimResourceTypes } from './resource-types';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { SCIM_CONTENT_TYPE, SCIM_PREFIX } from './scim-problem.renderer';
import { SwitchOffModule } from './switch-off/switch-off.module';
import { ScimUsersController } from './users/scim-users.controller';
import { ScimUsersService } from './users/scim-users.service';
import { DirectoryRoles } from './users/directory-roles.service';
import { UserChanges } from './users/user-changes.service';
import { UserArrivals } from './users/user-arrivals.service';
import { UserCreation } from './users/user-creation.service';
import { UserView } from './users/user-view.service';

/** Provisioning by directories (RFC 7643, RFC 7644), and the tokens they do it with. */
@Module({
  imports: [
    MembersModule,
    DomainsModule,
    DeparturesModule,
    ActivityModule,
    DirectoriesModule,
    SwitchOffModule,
    WorkspacesModule,
  ],
  controllers: [
    PreviewController,
    DiscoveryController,
    ScimUsersController,
    ScimGroupsController,
    BulkController,
    SearchController,
  ],
  providers: [
    Bookmarks,
    BulkService,
    SearchService,
    SortedSearch,
    ListCursors,
    ScimPreview,
    ResourceLister,
    ScimUsersService,
    ScimGroupsService,
    GroupPatches,
    ScimGroupMembers,
    GroupRecords,
    GroupView,
    DirectoryRoles,
    UserChanges,
    UserArrivals,
    UserCreation,
    UserView,
    {
      provide: ScimResourceTypes,
      inject: [ScimUsersService, ScimGroupsService],
      useFactory: (...types: ScimResourceType[]) => new ScimResourceTypes(types),
    },
  ],
  exports: [DirectoriesModule, DeparturesModule, ActivityModule],
})
export class ScimModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    this.answerInScim(fastify);
  }

  /** By a hook: an interceptor would lead every request through a chain of observables. */
  private answerInScim(fastify: FastifyInstance): void {
    fastify.addHook('preSerialization', (request, reply, payload, done) => {
      if (request.url.startsWith(`${SCIM_PREFIX}/`)) void reply.header('content-type', SCIM_CONTENT_TYPE);
      done(null, payload);
    });
  }
}
