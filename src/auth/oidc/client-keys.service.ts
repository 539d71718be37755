import { Injectable } from '@nestjs/common';
import { NotFound } from '../../http/problems';
import { ConnectionLookUp } from '../../sso-connections/connection-look-up.service';
import { type ClientJwk, clientJwkOf } from './client-key';

/** The public keys that the provider of a connection verifies our client assertions with. */
@Injectable()
export class ClientKeys {
  constructor(private readonly connections: ConnectionLookUp) {}

  /** A JWK Set of every key that is published; there from the first draft on. Throws NotFound. */
  async jwks(connectionId: string): Promise<{ keys: ClientJwk[] }> {
    const { type, keys } = await this.connections.findForSetUp(connectionId);
    if (type !== 'oidc') throw new NotFound('Connection');
    return { keys: keys.map(({ certificate }) => clientJwkOf(certificate)) };
  }
}
