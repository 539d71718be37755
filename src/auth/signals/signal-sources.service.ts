import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { NotFound } from '../../http/problems';
import { type SignalAddresses, signalAddresses } from '../../sso-connections/connection-urls';
import { ConnectionSignals } from '../../sso-connections/signals/connection-signals.service';
import { impliedRevocationTrust, type RevocationTrust } from '../../sso-connections/signals/revocation-trust';
import { ConnectionLookUp } from '../../sso-connections/connection-look-up.service';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';

/** How pushed events of a connection are recognised. */
export interface PushTrust {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  readonly secretHash: Buffer | null;
}

/** Whom to believe about the people of a connection. Each call is a transaction of its own. */
@Injectable()
export class SignalSources {
  constructor(
    private readonly connections: ConnectionLookUp,
    private readonly signals: ConnectionSignals,
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** The active connection of this protocol. Throws NotFound. */
  async connection(protocol: 'saml' | 'oidc', id: string): Promise<SignInConnection> {
    const connection = await this.connections.findForSignIn(id);
    if (connection.type !== protocol) throw new NotFound('Connection');
    return connection;
  }

  /** Whose revocations count: what was set, or what follows from the settings of the connection. */
  async revocation(connection: SignInConnection): Promise<RevocationTrust | undefined> {
    const source = await this.database.inWorkspace(connection.workspaceId, () =>
      this.signals.find(connection.id, 'gtr'),
    );
    if (!source) return impliedRevocationTrust(connection);
    const { issuer, jwksUri } = source;
    return { issuer, jwksUri, subject: source.subject ?? '' };
  }

  /** Whose pushes count, if anybody's. */
  async push({ id, workspaceId }: SignInConnection): Promise<PushTrust | undefined> {
    const source = await this.database.inWorkspace(workspaceId, () => this.signals.find(id, 'ssf'));
    if (!source) return undefined;
    const { issuer, jwksUri, pushSecretHash: secretHash } = source;
    return { issuer, jwksUri, audience: source.audience ?? '', secretHash };
  }

  addresses(connection: SignInConnection): SignalAddresses {
    return signalAddresses(this.config.publicUrl, connection);
  }
}
