export type SignInMethod = 'password' | 'passkey' | 'saml' | 'oidc';

/** What the identity provider needs to end its own session, in the terms of its protocol. */
export type LogoutHint = Readonly<Record<string, string>>;

/** Who checked a second factor: this service, or the identity provider by its own statement. */
export type MfaEvidence = 'own' | 'provider';

/** A workspace as tokens come with it. */
export interface WorkspaceName {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

declare const granted: unique symbol;

/**
 * The permission to open a session. Only LoginPolicyService makes one, and everything that issues a session, code or
 * token requires one, so that no code path can skip the policy.
 */
export interface LoginGrant extends LoginAttempt {
  readonly [granted]: true;
  readonly userId: string;
  readonly email: string;
  /** A password, although single sign-on is enforced. */
  readonly breakGlass: boolean;
  readonly accessTokenSeconds: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /** Live sessions a member may have; null: any number. */
  readonly maxConcurrentSessions: number | null;
  /** Where it was read with the rest. */
  readonly workspace?: WorkspaceName | undefined;
}

export interface LoginAttempt {
  readonly memberId: string;
  readonly method: SignInMethod;
  readonly connectionId?: string | undefined;
  readonly identityId?: string | undefined;
  readonly amr: readonly string[];
  /** SAML AuthnContextClassRef or OpenID Connect `acr`. */
  readonly acr?: string | undefined;
  /** SAML SessionIndex or OpenID Connect `sid`. */
  readonly idpSessionId?: string | undefined;
  readonly logoutHint?: LogoutHint | undefined;
  readonly authenticatedAt: Date;
  /** The end the IdP set for its own session; ours ends no later. */
  readonly notAfter?: Date | undefined;
  /** Who checked a second factor, if anybody did. */
  readonly evidence?: MfaEvidence | undefined;
  /** The person was asked to set a factor up and will do so later, as far as the workspace lets them. */
  readonly enrolmentPutOff?: boolean | undefined;
  /** No sign-in: a session goes on that has shown this before. */
  readonly goesOn?: boolean | undefined;
  /** Address and user agent of the browser that signed in, when another client's request opens the session. */
  readonly from?: { readonly ip: string | null; readonly userAgent: string | null } | undefined;
}
