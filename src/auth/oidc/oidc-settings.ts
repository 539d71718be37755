import type { SignInConnection, SignInKey } from '../../sso-connections/sign-in-connection';

/** What a connection knows of its provider, with the key that signs for it where it proves itself by one. */
export type OidcSettings = NonNullable<SignInConnection['oidc']> & { readonly signingKey?: SignInKey };
