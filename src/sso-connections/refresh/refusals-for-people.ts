/**
 * Refusals that a person must look into, because somebody may be impersonating the provider. Other failures are
 * temporary, or are listed by GET /v1/sso/health when they persist.
 */
export const FOR_PEOPLE: ReadonlySet<string> = new Set([
  ...[
    'metadata_entity_changed',
    'metadata_entity_not_found',
    'metadata_endpoint_moved',
    'oidc_endpoint_moved',
  ],
  ...['metadata_unsigned', 'metadata_signature_invalid', 'metadata_signature_malformed'],
  ...['metadata_signature_misplaced', 'metadata_signature_algorithm_refused'],
  ...['metadata_signature_transform_refused', 'metadata_duplicate_id', 'metadata_structure_invalid'],
]);
