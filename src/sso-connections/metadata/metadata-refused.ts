import type { SignatureFault } from '../../xml/signature-shape';
import type { XmlFault } from '../../xml/strict-xml';
import type { CertificateFault } from '../idp-certificate';

export type MetadataFault =
  | `metadata_${XmlFault | CertificateFault}`
  | `metadata_signature_${SignatureFault}`
  | 'metadata_too_large'
  | 'metadata_not_saml'
  | 'metadata_no_identity_provider'
  | 'metadata_several_identity_providers'
  | 'metadata_entity_not_found'
  | 'metadata_no_entity_id'
  | 'metadata_no_sso_service'
  | 'metadata_url_invalid'
  | 'metadata_no_certificate'
  | 'metadata_unsigned'
  | 'metadata_signature_invalid'
  | 'metadata_signature_misplaced'
  | 'metadata_duplicate_id'
  | 'metadata_structure_invalid'
  | 'metadata_expired';

/** The document describes no identity provider that can be used; `message` may be shown to the administrator. */
export class MetadataRefused extends Error {
  override readonly name = 'MetadataRefused';

  constructor(
    readonly code: MetadataFault,
    message: string,
  ) {
    super(message);
  }
}
