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
export type FieldMapping = { [Field in (typeof MAPPED_FIELDS)[number]]?: string };

export interface AttributeMapping extends FieldMapping {
  /** SAML: what stands between groups that are joined into one value; without it, values are taken as they are. */
  groupsSeparator?: string;
}
