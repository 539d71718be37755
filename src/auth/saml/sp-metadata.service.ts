import { Injectable } from '@nestjs/common';
import { requestIdOf } from './protocol/request-id';
import { spMetadata } from './protocol/sp-metadata';
import { SamlConnections } from './saml-connections.service';
import { privateKeyOf } from '../../crypto/private-key';
import type { SamlSettings } from './service-provider';

const NAME_ID = 'urn:oasis:names:tc:SAML:';
/** The NameID formats offered when the connection does not require one. */
const NAME_ID_FORMATS = [
  `${NAME_ID}2.0:nameid-format:persistent`,
  `${NAME_ID}1.1:nameid-format:emailAddress`,
  `${NAME_ID}1.1:nameid-format:unspecified`,
];

/** The defaults of a new connection. */
const UNDECIDED: Pick<SamlSettings, 'signRequests' | 'signed' | 'nameIdFormat'> = {
  signRequests: true,
  signed: 'assertion',
};

/** Our side of a connection, for the identity provider to import; there for anybody, from the first draft on. */
@Injectable()
export class SpMetadata {
  constructor(private readonly connections: SamlConnections) {}

  /** @throws NotFound for a connection that is unknown, disabled, or of another protocol */
  async of(connectionId: string): Promise<string> {
    const { id, keys, ownKey, saml = UNDECIDED, addresses } = await this.connections.ownSide(connectionId);
    const description = {
      ...{ id: requestIdOf(id), ...addresses },
      signingCertificates: keys.map(({ certificate }) => certificate),
      encryptionCertificate: ownKey.spCertificate,
      signsRequests: saml.signRequests,
      wantsAssertionsSigned: saml.signed !== 'response',
      nameIdFormats: saml.nameIdFormat ? [saml.nameIdFormat] : NAME_ID_FORMATS,
    };
    const signer = { privateKey: privateKeyOf(ownKey.spPrivateKey), certificate: ownKey.spCertificate };
    return spMetadata(description, signer, new Date());
  }
}
