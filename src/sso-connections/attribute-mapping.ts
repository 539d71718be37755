/** The fields of a person that a connection may take from attributes or claims of other names than the usual ones. */
export const MAPPED_FIELDS = [
  'email',
  'givenName',
  'familyName',
  'displayName',
  'groups',
  'department',
] as const;

/** Field → name of the SAML attribute or OIDC claim, exactly as the identity provider sends it. */
export type AttributeMapping = { [Field in (typeof MAPPED_FIELDS)[number]]?: string };
