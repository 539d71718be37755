/** What an identity provider said about a person, verified and reduced to what a sign-in needs. */
export interface FederatedLogin {
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string;
  readonly displayName?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  /** Undefined: the provider said nothing about groups. Empty: it said that there are none. */
  readonly groups?: string[];
  /** The provider says that there are groups, and not which: what was known stays true. */
  readonly groupsOverage?: true;
  readonly department?: string;
  readonly authenticatedAt?: Date;
  /** RFC 8176 values that the provider gave evidence of. */
  readonly amr?: string[];
  /** SAML AuthnContextClassRef or OpenID Connect `acr`. */
  readonly acr?: string;
  /** SAML SessionIndex or OpenID Connect `sid`. */
  readonly sessionIndex?: string;
  /** What the provider must be told when the session is to end there too. */
  readonly logoutHint?: Readonly<Record<string, string>>;
  /** The end of the provider's session; ours ends no later. */
  readonly notAfter?: Date;
}

/** The connection that a sign-in came through. */
export interface SigningConnection {
  readonly id: string;
  readonly workspaceId: string;
  readonly type: 'saml' | 'oidc';
  readonly name: string;
}
