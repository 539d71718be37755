import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { GrantsModule } from '../grants/grants.module';
import { LargeChangesModule } from '../large-changes/large-changes.module';
import { KnownValues } from './known-values.service';
import { RoleMappingPreview } from './role-mapping-preview.service';
import { RoleMappingsController } from './role-mappings.controller';
import { RoleMappingsService } from './role-mappings.service';
import { RulesOfConnection } from './rules-of-connection.service';

/** The rules that map groups and departments to roles. */
@Module({
  imports: [WorkspacesModule, GrantsModule, LargeChangesModule],
  controllers: [RoleMappingsController],
  providers: [RoleMappingsService, RoleMappingPreview, RulesOfConnection, KnownValues],
  exports: [RoleMappingsService, RoleMappingPreview, RulesOfConnection, KnownValues],
})
export class RoleMappingsModule {}
