import { NotFound } from '../../http/problems';
import { type SignInConnection, signingKeyOf } from '../../sso-connections/sso-connections.service';
import type { SamlSettings } from './service-provider';

/** A connection by SAML, with the key that signs at hand. */
export type SamlConnection = SignInConnection & {
  readonly saml: SamlSettings & NonNullable<SignInConnection['saml']>;
};

/** Throws NotFound for a connection of another protocol: from outside it looks like none at all. */
export function samlOf(connection: SignInConnection): SamlConnection {
  const { saml } = connection;
  if (!saml) throw new NotFound('Connection');
  const { certificate: spCertificate, privateKey: spPrivateKey } = signingKeyOf(connection);
  return { ...connection, saml: { ...saml, spCertificate, spPrivateKey } };
}
