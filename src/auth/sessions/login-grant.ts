export type SignInMethod = 'password' | 'passkey' | 'saml' | 'oidc';

/** What an identity provider must be told to end its session, in the words of its protocol. */
export type LogoutHint = Readonly<Record<string, string>>;

/** A factor of ours was shown, or the identity provider gave its word that it had asked for one of its own. */
export type MfaEvidence = 'own' | 'provider';

/** A workspace as tokens come with it. */
export interface WorkspaceName {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

declare const granted: unique symbol;

/**
 * The permission to open a session, made only by LoginPolicyService. Whatever issues a session, code or token
 * takes one of these, so no path can forget to ask.
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
  /** What there is to show that more than one factor was used. */
  readonly evidence?: MfaEvidence | undefined;
  /** The person was asked to set a factor up and will do so later, as far as the workspace lets them. */
  readonly enrolmentPutOff?: boolean | undefined;
  /** Where the browser is that signed in, when the session is opened by somebody else's request. */
  readonly from?: { readonly ip: string | null; readonly userAgent: string | null } | undefined;
}
