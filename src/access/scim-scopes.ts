/** Scopes of a SCIM credential. The OpenAPI document and the OAuth metadata list them too. */
export const SCIM_SCOPES = ['read', 'users', 'groups'] as const;

/** `read`: read users and groups. `users`: read and change users. `groups`: read and change groups. */
export type ScimScope = (typeof SCIM_SCOPES)[number];
