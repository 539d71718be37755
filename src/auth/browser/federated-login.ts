import type { AttributeMapping } from '../../sso-connections/attribute-mapping';
import type { LoginAttempt } from '../sessions/login-grant';
import { showsSecondFactor } from './mfa-evidence';

/** What an identity provider said about a person, verified and reduced to what a sign-in needs. */
export interface FederatedLogin {
  readonly issuer: string;
  readonly subject: string;
  /** When the provider said it, by its own clock. */
  readonly issuedAt: Date;
  readonly email?: string;
  readonly displayName?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  /** Undefined: the provider said nothing about groups, which means none where it has named some before. */
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
  readonly provider: string;
  readonly status: 'draft' | 'tested' | 'active' | 'disabled';
  readonly attributeMapping: AttributeMapping;
  /** The number of the settings that this sign-in is judged by. */
  readonly revision: number;
  /** The latest one by which somebody has signed in. */
  readonly provenRevision: number | null;
}

/** What the workspace's policy is asked about. */
export function loginAttemptOf(
  connection: SigningConnection,
  login: FederatedLogin,
  { member, identityId }: { member: { id: string }; identityId: string },
): LoginAttempt {
  const now = new Date();
  // Of a provider that does not say when it was: no later than when it spoke of it.
  const { authenticatedAt = login.issuedAt } = login;
  return {
    memberId: member.id,
    method: connection.type,
    connectionId: connection.id,
    identityId,
    amr: login.amr ?? [],
    acr: login.acr,
    evidence: showsSecondFactor(login.amr ?? [], login.acr) ? 'provider' : undefined,
    idpSessionId: login.sessionIndex,
    logoutHint: login.logoutHint,
    // A provider whose clock is ahead, or that makes things up, makes nobody's sign-in recent for longer than it is.
    authenticatedAt: authenticatedAt < now ? authenticatedAt : now,
    notAfter: login.notAfter,
  };
}
