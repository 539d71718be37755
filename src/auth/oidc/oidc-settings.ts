import type { SignInConnection, SignInKey } from '../../sso-connections/sign-in-connection';

/** The OIDC settings of a connection, with the signing key when it uses private_key_jwt. */
export type OidcSettings = NonNullable<SignInConnection['oidc']> & { readonly signingKey?: SignInKey };
