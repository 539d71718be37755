import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { NotFound } from '../http/problems';
import { isUuid } from '../http/uuid-param';
import { ConnectionSecrets } from './connection-secrets.service';
import { KEY_PURPOSE } from './keys/connection-keys.service';
import {
  type ConnectionRow,
  type OpenedSecrets,
  type SignInConnection,
  signInConnectionOf,
} from './sign-in-connection';
import { type ConnectionStatus, SsoConnection } from './sso-connection.entity';

/** Connections as sign-ins see them. */
@Injectable()
export class ConnectionLookUp {
  constructor(
    private readonly database: Database,
    private readonly secrets: ConnectionSecrets,
  ) {}

  /**
   * The active connection that a sign-in URL names, as it is at this moment; outside a transaction. Throws NotFound
   * for an id that is unknown, not active, or none at all: the three look the same.
   */
  findForSignIn(connectionId: string): Promise<SignInConnection> {
    return this.find(connectionId, ['active']);
  }

  /** As findForSignIn, also while the connection is a draft: what an administrator needs before it can be active. */
  findForSetUp(connectionId: string): Promise<SignInConnection> {
    return this.find(connectionId, ['draft', 'tested', 'active']);
  }

  /** As findForSignIn, whatever its status: what a test sign-in needs. The caller sees to it that this is one. */
  findForTest(connectionId: string): Promise<SignInConnection> {
    return this.find(connectionId, ['draft', 'tested', 'active', 'disabled']);
  }

  /** The connection that addresses of the workspace in flight are sent to: of several active ones the oldest. */
  async findActiveForWorkspace(): Promise<Pick<SsoConnection, 'id' | 'name' | 'type'> | undefined> {
    const connection = await this.database.repository(SsoConnection).findOne({
      select: { id: true, name: true, type: true },
      where: { status: 'active' },
      order: { id: 'ASC' },
    });
    return connection ? { id: connection.id, name: connection.name, type: connection.type } : undefined;
  }

  /** One round trip, and the secrets once in a while. */
  private async find(connectionId: string, statuses: ConnectionStatus[]): Promise<SignInConnection> {
    const row = isUuid(connectionId) ? await this.read(connectionId) : undefined;
    if (!row || !statuses.includes(row.connection.status)) throw new NotFound('Connection');
    return signInConnectionOf(row, await this.open(row));
  }

  private async open({ connection, oidc, keys }: ConnectionRow): Promise<OpenedSecrets> {
    const workspaceId = connection.workspace_id;
    const opened = [];
    for (const { certificate, state, secret_id } of keys) {
      opened.push({
        ...{ certificate, state },
        privateKey: await this.secrets.open(workspaceId, secret_id, KEY_PURPOSE),
      });
    }
    return {
      keys: opened,
      clientSecret: oidc?.client_secret_id
        ? await this.secrets.open(workspaceId, oidc.client_secret_id, 'oidc_client_secret')
        : undefined,
    };
  }

  private async read(connectionId: string): Promise<ConnectionRow | undefined> {
    const [row] = await this.database.lookUp<ConnectionRow>(
      'find_connection',
      'select connection, saml, oidc, keys from find_connection($1)',
      [connectionId],
    );
    return row;
  }
}
