/** Names that XML Signature fixes. */
export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const ENVELOPED_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const MORE_2007 = 'http://www.w3.org/2007/05/xmldsig-more#';
const HASHES = ['sha256', 'sha384', 'sha512'] as const;

export interface SignatureAlgorithm {
  /** `pss` is RSASSA-PSS with MGF1 over the same hash and a salt of its length (RFC 6931 section 2.3.10). */
  readonly key: 'rsa' | 'pss' | 'ec';
  readonly hash: string;
}

/** Signature algorithms that are accepted; what is not listed is refused before any cryptography. */
export const SIGNATURE_ALGORITHM: Readonly<Record<string, SignatureAlgorithm | undefined>> =
  Object.fromEntries(
    HASHES.flatMap((hash): [string, SignatureAlgorithm][] => [
      [`${MORE}rsa-${hash}`, { key: 'rsa', hash }],
      [`${MORE_2007}${hash}-rsa-MGF1`, { key: 'pss', hash }],
      [`${MORE}ecdsa-${hash}`, { key: 'ec', hash }],
    ]),
  );
export const SIGNATURE_ALGORITHMS: readonly string[] = Object.keys(SIGNATURE_ALGORITHM);

export const DIGEST_ALGORITHM: Readonly<Record<string, string | undefined>> = {
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  [`${MORE}sha384`]: 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
};
export const DIGEST_ALGORITHMS: readonly string[] = Object.keys(DIGEST_ALGORITHM);
