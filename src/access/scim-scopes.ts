/** What a directory's credential may do; the OpenAPI document and the OAuth metadata name these too. */
export const SCIM_SCOPES = ['read', 'users', 'groups'] as const;

/** `read`: look at users and groups. `users`, `groups`: look at those and change them. */
export type ScimScope = (typeof SCIM_SCOPES)[number];
