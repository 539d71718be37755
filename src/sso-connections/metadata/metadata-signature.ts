import { NotCanonical, readCanonicalXml } from '../../xml/canonical-reader';
import { signatureOf, SignatureRefused } from '../../xml/signature-shape';
import { verifySignature } from '../../xml/signature-verification';
import { DS } from '../../xml/signature-vocabulary';
import { childrenOf, everyElement } from '../../xml/strict-xml';
import type { XmlElement } from '../../xml/xml-element';
import { trustedKey } from '../../xml/trusted-key';
import { CertificateRefused, readIdpCertificate } from '../idp-certificate';
import { MetadataRefused } from './metadata-refused';
import { MD } from './metadata-vocabulary';

export const SIGNATURE_STATUSES = ['none', 'trusted', 'embedded', 'unverified'] as const;

/** What there is to say about the signature of metadata. */
export interface MetadataSignature {
  /**
   * `trusted`: verifies with one of the certificates that the administrator gave for it. `embedded`: verifies with the
   * certificate in the document, which proves nothing. `unverified`: does not verify.
   */
  readonly status: (typeof SIGNATURE_STATUSES)[number];
  /** PEM of the certificate that it verifies with. */
  readonly certificate?: string;
  readonly detail: string;
}

export interface SignedMetadata {
  /** Where a signature was demanded: read again from the very bytes that were signed, so nothing else is in it. */
  readonly root: XmlElement;
  readonly signature: MetadataSignature;
}

/** Elements that may hold a signature of their own (saml-metadata-2.0-os, section 2). */
const SIGNABLE = new Set([
  ...['EntitiesDescriptor', 'EntityDescriptor', 'RoleDescriptor', 'IDPSSODescriptor', 'SPSSODescriptor'],
  ...['AuthnAuthorityDescriptor', 'AttributeAuthorityDescriptor', 'PDPDescriptor', 'AffiliationDescriptor'],
]);

/** Elements that decide, and the only namespace each may stand in: a namesake exists only to be mistaken for one. */
const NAMESPACE_OF: ReadonlyMap<string, string> = new Map([
  ...['EntitiesDescriptor', 'EntityDescriptor', 'IDPSSODescriptor'].map((local) => [local, MD] as const),
  ...['Signature', 'SignedInfo', 'SignatureValue'].map((local) => [local, DS] as const),
]);

/**
 * Verifies the signature of metadata (saml-metadata-2.0-os section 3) as strictly as that of a SAML response: a direct
 * child of the root, with one reference, to the root's ID, by the key of one of the certificates. It also covers
 * signatures of single entities, which are ignored.
 *
 * @param certificates PEM; at least one
 * @throws MetadataRefused `metadata_unsigned`, `metadata_signature_…`, `metadata_duplicate_id`,
 * `metadata_structure_invalid`
 */
export function verifyMetadata(root: XmlElement, certificates: readonly string[]): SignedMetadata {
  refuseAmbiguity(everyElement(root));
  const facts = inMetadataTerms(() => signatureOf(root));
  if (!facts)
    throw new MetadataRefused(
      'metadata_unsigned',
      `The metadata is not signed, and this connection takes only what is signed with the key of ${fingerprints(certificates)}.`,
    );
  const result = verifySignature(facts, certificates);
  if ('fault' in result)
    throw new MetadataRefused(
      'metadata_signature_invalid',
      `The metadata is signed ${result.fault}. This connection takes what is signed with the key of ${fingerprints(certificates)}.`,
    );
  const certificate = certificates.find((pem) => trustedKey(pem).sha256Fingerprint === result.signer);
  return {
    root: inMetadataTerms(() => readCanonicalXml(result.bytes)),
    signature: {
      status: 'trusted',
      ...(certificate && { certificate }),
      detail: `Signed with the key of ${result.signer}, which this connection trusts for its metadata.`,
    },
  };
}

/**
 * Reports on a signature that is not required. Decides nothing: an attacker who can change the metadata can sign it
 * with a key of their own.
 */
export function glanceAtSignature(root: XmlElement, now: Date): MetadataSignature {
  if (childrenOf(root, DS, 'Signature').length === 0)
    return { status: 'none', detail: 'The metadata is not signed.' };
  try {
    const shown = inMetadataTerms(() => signatureOf(root))?.shownCertificate;
    if (shown === undefined)
      return {
        status: 'unverified',
        detail: 'The metadata is signed, and does not show by which certificate.',
      };
    const { pem, sha256Fingerprint } = inMetadataTerms(() => readIdpCertificate(shown, now));
    verifyMetadata(root, [pem]);
    return {
      status: 'embedded',
      certificate: pem,
      detail: `Signed with the key of ${sha256Fingerprint}, a certificate that the metadata shows itself: that proves nothing until somebody you trust confirms the certificate.`,
    };
  } catch (error) {
    if (error instanceof MetadataRefused) return { status: 'unverified', detail: error.message };
    throw error;
  }
}

/** What would make two readers find different things, or a signature cover something else than it seems to. */
function refuseAmbiguity(elements: readonly XmlElement[]): void {
  const namesake = elements.find(({ uri, local }) => (NAMESPACE_OF.get(local) ?? uri) !== uri);
  if (namesake)
    throw new MetadataRefused(
      'metadata_structure_invalid',
      `{${namesake.uri}}${namesake.local} is a namesake.`,
    );
  const all = elements.filter(({ local }) => local === 'Signature').length;
  const inPlace = elements.filter(
    (element) =>
      element.uri === MD && SIGNABLE.has(element.local) && childrenOf(element, DS, 'Signature').length > 0,
  ).length;
  if (all !== inPlace)
    throw new MetadataRefused(
      'metadata_signature_misplaced',
      `Of ${all} signatures in the metadata ${inPlace} are the one of what they stand in.`,
    );
  const seen = new Set<string>();
  for (const { local, attributes } of elements) {
    // Signature libraries look for `ID`, `Id`, `id` and `xml:id` alike.
    for (const { name, value } of attributes.filter((candidate) => candidate.local.toLowerCase() === 'id')) {
      if (seen.has(value))
        throw new MetadataRefused('metadata_duplicate_id', `The ${name} of ${local} is taken: ${value}.`);
      seen.add(value);
    }
  }
}

function inMetadataTerms<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SignatureRefused)
      throw new MetadataRefused(
        `metadata_signature_${error.fault}`,
        `The signature of the metadata is not of the form that is accepted: ${error.message}`,
      );
    if (error instanceof NotCanonical) throw new MetadataRefused('metadata_signature_invalid', error.message);
    if (error instanceof CertificateRefused)
      throw new MetadataRefused('metadata_signature_invalid', error.message);
    throw error;
  }
}

const fingerprints = (certificates: readonly string[]): string =>
  certificates.map((pem) => trustedKey(pem).sha256Fingerprint).join(' or ');
