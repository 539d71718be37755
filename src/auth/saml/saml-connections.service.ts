import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { withEarlierSaml } from '../../sso-connections/sign-in-connection';
import { SignInConnections } from '../browser/sign-in-connections.service';
import { type OwnSide, ownSideOf, type SamlConnection, samlOf } from './saml-connection';

/** SignInConnections as far as they are by SAML, at this moment; outside a transaction. Throws NotFound otherwise. */
@Injectable()
export class SamlConnections {
  constructor(
    private readonly config: Config,
    private readonly connections: SignInConnections,
  ) {}

  /** Our side of it, for the identity provider to be set up first. */
  async ownSide(id: string): Promise<OwnSide> {
    return ownSideOf(await this.connections.forSetUp(id), this.config.publicUrl);
  }

  async forStart(...where: Parameters<SignInConnections['forStart']>): Promise<SamlConnection> {
    return samlOf(await this.connections.forStart(...where), this.config.publicUrl);
  }

  async forAnswer(...where: Parameters<SignInConnections['forAnswer']>): Promise<SamlConnection> {
    return samlOf(await this.connections.forAnswer(...where), this.config.publicUrl);
  }

  /** As it is by now, for an answer that it has ears for. */
  async admitted(id: string): Promise<SamlConnection> {
    return samlOf(await this.connections.admitted(id), this.config.publicUrl);
  }

  /** The connection as it was by earlier settings. */
  asBefore(...[connection, earlier]: Parameters<typeof withEarlierSaml>): SamlConnection {
    return samlOf(withEarlierSaml(connection, earlier), this.config.publicUrl);
  }

  /** The active one that a message about logging out belongs to. */
  forLogout(id: string): Promise<SamlConnection> {
    return this.forStart(id);
  }
}
