import type { INestApplicationContext } from '@nestjs/common';
import { PasswordHasher } from '../auth/password/hashing/password-hasher';
import { Database } from '../database/database';
import { DomainsService } from '../domains/domains.service';
import { type Founded, FoundingService } from '../members/founding.service';
import { ScimTokensService } from '../scim/directories/scim-tokens.service';
import { ConnectionActivation } from '../sso-connections/connection-activation.service';
import { ConnectionRegistration } from '../sso-connections/connection-registration.service';
import type { Furnished } from './demo-state';

export const DEMO_WORKSPACE = { slug: 'acme', name: 'Acme', domain: 'acme.test', admin: 'admin@acme.test' };

export interface Furnishing {
  password: string;
  /** Of the two demo identity providers. */
  samlMetadataUrl: string;
  issuer: string;
  oidcClient: { id: string; secret: string };
}

/** The demo's workspace in the database, made with the services that the API calls, and audited as usual. */
export class DemoWorkspace {
  private readonly database: Database;

  constructor(private readonly app: INestApplicationContext) {
    this.database = app.get(Database);
  }

  /** What an earlier start made, if it is still there. */
  async find(furnished: Furnished | undefined): Promise<Furnished | undefined> {
    if (!furnished) return undefined;
    const found = await this.database.lookUp('demo_workspace', 'select 1 from workspaces where id = $1', [
      furnished.workspaceId,
    ]);
    return found.length > 0 ? furnished : undefined;
  }

  /** Makes all of it; undefined when the database holds any other workspace. */
  async furnish(furnishing: Furnishing): Promise<Furnished | undefined> {
    const others = await this.database.lookUp('any_workspace', 'select 1 from workspaces limit 1', []);
    if (others.length > 0) return undefined;
    const { workspaceId, memberId } = await this.found(furnishing.password);
    await this.verifyDomain(workspaceId);
    // The older one is where discovery sends people: OpenID Connect.
    const oidcConnectionId = await this.connect(workspaceId, {
      type: 'oidc',
      name: 'Demo provider (OpenID Connect)',
      oidc: {
        issuer: furnishing.issuer,
        clientId: furnishing.oidcClient.id,
        clientSecret: furnishing.oidcClient.secret,
      },
    });
    const samlConnectionId = await this.connect(workspaceId, {
      type: 'saml',
      name: 'Demo provider (SAML)',
      saml: { metadataUrl: furnishing.samlMetadataUrl },
    });
    const scimToken = await this.issueScimToken(workspaceId, memberId);
    return { workspaceId, oidcConnectionId, samlConnectionId, scimToken };
  }

  private async found(password: string): Promise<Founded> {
    const { slug, name, admin } = DEMO_WORKSPACE;
    const adminPasswordHash = await this.app.get(PasswordHasher).hash(password);
    return this.app
      .get(FoundingService)
      .found({ slug, name, adminEmail: admin, adminName: 'Demo admin', adminPasswordHash });
  }

  /** Nobody can put a DNS record under `.test`: the demo vouches for it, and the audit log says so. */
  private async verifyDomain(workspaceId: string): Promise<void> {
    const domains = this.app.get(DomainsService);
    await this.database.inWorkspace(workspaceId, async () => {
      const domain = await domains.add(DEMO_WORKSPACE.domain);
      await domains.markVerified(domain, 'vouched for by the demo, without a DNS record');
    });
  }

  private async connect(
    workspaceId: string,
    input: Omit<Parameters<ConnectionRegistration['create']>[1], 'provider'>,
  ): Promise<string> {
    const { connection } = await this.app
      .get(ConnectionRegistration)
      .create(workspaceId, { ...input, provider: 'other' });
    const untested = true;
    await this.database.inWorkspace(workspaceId, () =>
      this.app.get(ConnectionActivation).activate(connection.id, untested),
    );
    return connection.id;
  }

  private async issueScimToken(workspaceId: string, createdBy: string): Promise<string> {
    const tokens = this.app.get(ScimTokensService);
    const issue = () => tokens.issue({ name: 'Demo directory', createdBy });
    return (await this.database.inWorkspace(workspaceId, issue)).text;
  }
}
