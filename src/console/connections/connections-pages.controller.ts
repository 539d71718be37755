import { Controller, Get, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { AccountConflicts } from '../../auth/linking/account-conflicts.service';
import { SECTIONS } from '../../auth/pages/sections';
import { DomainsService } from '../../domains/domains.service';
import type { HtmlPage } from '../../http/html-page';
import { Expiries } from '../../expiries/expiries';
import { ConnectionReader } from '../../sso-connections/connection-reader.service';
import { SectionQuery } from '../section-query.dto';
import { ShowsPage } from '../shows-page';
import { connectionsPage } from './connections-pages';

/** More than this nobody sets up by hand. */
const MOST = { limit: 100 };

/** Connections and domains, for people with a browser. */
@ApiExcludeController()
@Controller(SECTIONS.connections.path)
export class ConnectionsPagesController {
  constructor(
    private readonly connections: ConnectionReader,
    private readonly domains: DomainsService,
    private readonly conflicts: AccountConflicts,
    private readonly expiries: Expiries,
  ) {}

  @Get()
  @RequirePermission('sso:read')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @Query() { done }: SectionQuery): Promise<HtmlPage> {
    const connections = await this.connections.list(MOST);
    const domains = await this.domains.list(MOST);
    const conflicts = await this.conflicts.list(MOST, false);
    const urgent = (await this.expiries.items(new Date())).filter(({ severity }) => severity !== 'ok');
    return connectionsPage(caller, { connections, domains, conflicts, urgent, done });
  }
}
