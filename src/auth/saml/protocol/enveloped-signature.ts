import { type KeyObject, sign } from 'node:crypto';
import { sha256 } from '../../../crypto/sha256';
import { canonicalXml } from '../../../xml/canonical-xml';
import { DS, ENVELOPED_SIGNATURE, EXC_C14N } from '../../../xml/signature-vocabulary';
import { attribute, readStrictXml } from '../../../xml/strict-xml';
import { LIMITS } from './limits';
import { element } from './logout-messages';

export interface Signer {
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly certificate: string;
}

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/**
 * Adds an enveloped signature to a document of ours: RSA-SHA256 over the exclusive canonical form of the root.
 * @param place the text to insert it after: schemas require it after the Issuer, or as the first child of the root
 */
export function signEnveloped(xml: string, { privateKey, certificate }: Signer, place: RegExp): string {
  const root = readStrictXml(xml, LIMITS);
  const digest = sha256(canonicalXml(root)).toString('base64');
  const signedInfo = signedInfoXml(attribute(root, 'ID') ?? '', digest);
  // Within Signature, which declares the prefix, SignedInfo does not repeat the declaration; signed by itself it must
  // contain it.
  const canonical = canonicalXml(
    readStrictXml(signedInfo.replace('<ds:SignedInfo', `<ds:SignedInfo xmlns:ds="${DS}"`), LIMITS),
  );
  const value = sign('sha256', Buffer.from(canonical), privateKey).toString('base64');
  const signature = element(
    'ds:Signature',
    { 'xmlns:ds': DS },
    signedInfo + element('ds:SignatureValue', {}, value) + keyInfoXml(certificate),
  );
  const at = place.exec(xml);
  if (!at) throw new Error('The document has no place for a signature.');
  const end = at.index + at[0].length;
  return xml.slice(0, end) + signature + xml.slice(end);
}

/** KeyInfo with a certificate; `ds` is declared around it. */
export function keyInfoXml(certificate: string): string {
  const base64 = certificate.replace(/-----[^-]+-----|\s+/g, '');
  const data = element('ds:X509Data', {}, element('ds:X509Certificate', {}, base64));
  return element('ds:KeyInfo', {}, data);
}

function signedInfoXml(id: string, digest: string): string {
  const transforms = [ENVELOPED_SIGNATURE, EXC_C14N].map((Algorithm) =>
    element('ds:Transform', { Algorithm }, ''),
  );
  const reference = element(
    'ds:Reference',
    { URI: `#${id}` },
    element('ds:Transforms', {}, transforms.join('')) +
      element('ds:DigestMethod', { Algorithm: SHA256 }, '') +
      element('ds:DigestValue', {}, digest),
  );
  return element(
    'ds:SignedInfo',
    {},
    element('ds:CanonicalizationMethod', { Algorithm: EXC_C14N }, '') +
      element('ds:SignatureMethod', { Algorithm: RSA_SHA256 }, '') +
      reference,
  );
}
