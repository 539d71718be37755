import { NotFound } from '../../http/problems';
import {
  logoutPageUrl,
  type ServiceProviderAddresses,
  serviceProviderAddresses,
} from '../../sso-connections/connection-urls';
import { type SignInConnection, signingKeyOf } from '../../sso-connections/sign-in-connection';
import type { SamlSettings } from './service-provider';

/** Our side of a connection by SAML: there before anything is known of the identity provider. */
export type OwnSide = SignInConnection & {
  readonly ownKey: Pick<SamlSettings, 'spCertificate' | 'spPrivateKey'>;
  readonly addresses: ServiceProviderAddresses & { readonly logoutUrl: string };
};

/** A connection by SAML, with the key that signs and our own addresses at hand. */
export type SamlConnection = SignInConnection &
  Pick<OwnSide, 'addresses'> & { readonly saml: SamlSettings & NonNullable<SignInConnection['saml']> };

/** Throws NotFound for a connection of another protocol: from outside it looks like none at all. */
export function ownSideOf(connection: SignInConnection, publicUrl: string): OwnSide {
  if (connection.type !== 'saml') throw new NotFound('Connection');
  const { certificate: spCertificate, privateKey: spPrivateKey } = signingKeyOf(connection);
  return {
    ...connection,
    ownKey: { spCertificate, spPrivateKey },
    addresses: {
      ...serviceProviderAddresses(publicUrl, connection.id),
      logoutUrl: logoutPageUrl(publicUrl, connection.id),
    },
  };
}

/** As ownSideOf, also for a connection whose identity provider was not described yet. */
export function samlOf(connection: SignInConnection, publicUrl: string): SamlConnection {
  const { saml } = connection;
  if (!saml) throw new NotFound('Connection');
  const { ownKey, ...rest } = ownSideOf(connection, publicUrl);
  return { ...rest, saml: { ...saml, ...ownKey } };
}
