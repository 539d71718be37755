import { NotFound } from '../../http/problems';
import {
  logoutPageUrl,
  type ServiceProviderAddresses,
  serviceProviderAddresses,
} from '../../sso-connections/connection-urls';
import { type SignInConnection, signingKeyOf } from '../../sso-connections/sso-connections.service';
import type { SamlSettings } from './service-provider';

/** A connection by SAML, with the key that signs and our own addresses at hand. */
export type SamlConnection = SignInConnection & {
  readonly saml: SamlSettings & NonNullable<SignInConnection['saml']>;
  readonly addresses: ServiceProviderAddresses & { readonly logoutUrl: string };
};

/** Throws NotFound for a connection of another protocol: from outside it looks like none at all. */
export function samlOf(connection: SignInConnection, publicUrl: string): SamlConnection {
  const { saml } = connection;
  if (!saml) throw new NotFound('Connection');
  const { certificate: spCertificate, privateKey: spPrivateKey } = signingKeyOf(connection);
  return {
    ...connection,
    saml: { ...saml, spCertificate, spPrivateKey },
    addresses: {
      ...serviceProviderAddresses(publicUrl, connection.id),
      logoutUrl: logoutPageUrl(publicUrl, connection.id),
    },
  };
}
