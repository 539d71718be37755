import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { domainOfEmail } from '../../domains/domain-name';
import { DomainsService } from '../../domains/domains.service';
import { ConnectionLookUp } from '../../sso-connections/connection-look-up.service';
import type { Discovery } from './discovery.dto';

/** Where people with an address sign in. Only its domain is looked at, so nobody learns whether it has an account. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly domains: DomainsService,
    private readonly connections: ConnectionLookUp,
  ) {}

  /** The connection of the workspace that proved the domain, else a password. */
  async discover(email: string): Promise<Discovery> {
    const domain = domainOfEmail(email);
    const workspaceId = domain && (await this.domains.workspaceOfVerifiedDomain(domain));
    if (!workspaceId) return { method: 'password' };
    const connection = await this.database.inWorkspace(workspaceId, () =>
      this.connections.findActiveForWorkspace(),
    );
    if (!connection) return { method: 'password' };
    const { id, name, type } = connection;
    const loginUrl = `${this.config.publicUrl}/sso/${type}/${id}/login`;
    return { method: 'sso', connection: { id, name, type }, loginUrl };
  }
}
