import { Injectable } from '@nestjs/common';
import { NotFound } from '../../http/problems';
import { SsoConnectionsService } from '../../sso-connections/sso-connections.service';
import { type ClientJwk, clientJwkOf } from './client-key';

/** The public keys that the provider of a connection verifies our client assertions with. */
@Injectable()
export class ClientKeys {
  constructor(private readonly connections: SsoConnectionsService) {}

  /** A JWK Set of every key that is published; there from the first draft on. Throws NotFound. */
  async jwks(connectionId: string): Promise<{ keys: ClientJwk[] }> {
    const { type, keys } = await this.connections.findForSetUp(connectionId);
    if (type !== 'oidc') throw new NotFound('Connection');
    return { keys: keys.map(({ certificate }) => clientJwkOf(certificate)) };
  }
}
