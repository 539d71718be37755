import { Module } from '@nestjs/common';
import { DomainsModule } from '../../domains/domains.module';
import { MembersModule } from '../../members/members.module';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { AccountConflicts } from '../linking/account-conflicts.service';
import { LinkProofs } from '../linking/link-proofs.service';
import { IdentitiesEnd } from './identities-end';
import { IdentitiesService } from './identities.service';
import { IdentityLinks } from './identity-links.service';
import { NewcomerAdmission } from './newcomer-admission.service';

/**
 * Who it is that an identity provider speaks of. The conflicts of `linking` are provided here: recognising somebody opens
 * them, and resolving one links an identity.
 */
@Module({
  imports: [MembersModule, DomainsModule, SsoConnectionsModule, WorkspacesModule],
  providers: [
    AccountConflicts,
    NewcomerAdmission,
    IdentitiesEnd,
    IdentitiesService,
    IdentityLinks,
    LinkProofs,
  ],
  exports: [IdentitiesService, AccountConflicts, LinkProofs],
})
export class IdentitiesModule {}
