import type { Permission, Role } from './permissions';
import type { PlanWithout } from './plans';
import type { ScimScope } from './scim-scopes';

interface AnyPrincipal {
  readonly workspaceId: string;
  readonly workspace: { readonly id: string; readonly slug: string; readonly name: string };
  readonly permissions: ReadonlySet<Permission>;
}

/** A person, in one workspace, through one session. */
export interface UserPrincipal extends AnyPrincipal {
  readonly kind: 'user';
  /** The user's id. */
  readonly id: string;
  readonly memberId: string;
  readonly sessionId: string;
  readonly email: string;
  readonly displayName: string | null;
  readonly role: Role;
  readonly approver: boolean;
  readonly method: 'password' | 'passkey' | 'saml' | 'oidc';
  readonly connectionId: string | null;
  readonly amr: readonly string[];
  readonly authenticatedAt: Date;
  /** For how many seconds `authenticatedAt` counts as recent for sensitive calls: a setting of the workspace. */
  readonly freshSeconds: number;
}

export interface ApiKeyPrincipal extends AnyPrincipal {
  readonly kind: 'api_key';
  /** The key's id. */
  readonly id: string;
  readonly name: string;
  /** The member who made the key. */
  readonly createdBy: string;
  readonly scopes: readonly Permission[];
  readonly expiresAt: Date | null;
  /** The rate limit of the key; null when it has none. */
  readonly rateLimit: { readonly requests: number; readonly seconds: number } | null;
}

/** A SCIM directory that provisions the workspace. */
export interface ScimPrincipal {
  readonly kind: 'scim';
  /** The id of the SCIM token, or of the OAuth client that the access token was issued to. */
  readonly id: string;
  readonly name: string;
  readonly workspaceId: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly scopes: readonly ScimScope[];
  /** Set when the plan of the workspace does not include SCIM. Read along with the credential, to save a round trip. */
  readonly lacking: PlanWithout | null;
}

/** The authenticated caller, as read from the database for this request. */
export type Principal = UserPrincipal | ApiKeyPrincipal | ScimPrincipal;
