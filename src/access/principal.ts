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
  /** How long that is recent enough for sensitive calls, by the policy of the workspace. */
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
  /** How often the key may be used; null: as often as anybody likes. */
  readonly rateLimit: { readonly requests: number; readonly seconds: number } | null;
}

/** A directory that provisions the workspace. */
export interface ScimPrincipal {
  readonly kind: 'scim';
  /** The id of the token, or of the client whose access token it is. */
  readonly id: string;
  readonly name: string;
  readonly workspaceId: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly scopes: readonly ScimScope[];
  /** Set when the plan of the workspace has no SCIM: known with who it is. */
  readonly lacking: PlanWithout | null;
}

/** Whoever is asking, as the database knows them at this moment. */
export type Principal = UserPrincipal | ApiKeyPrincipal | ScimPrincipal;
