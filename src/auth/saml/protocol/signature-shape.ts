import { attribute, childrenOf, type XmlElement } from '../../../sso-connections/strict-xml';
import { canonicalXml } from './canonical-xml';
import { SamlRefusal } from './refusal';
import { DIGEST_ALGORITHMS, DS, ENVELOPED_SIGNATURE, EXC_C14N, SIGNATURE_ALGORITHMS } from './vocabulary';

export interface SignatureFacts {
  readonly signatureAlgorithm: string;
  readonly digestAlgorithm: string;
  /** What the key of the signer was applied to. */
  readonly canonicalSignedInfo: string;
  readonly value: Buffer;
}

/**
 * The signature that is a direct child of an element, or nothing. Its form is checked against the SAML
 * profile of XML Signature (SAML Core section 5.4): one reference, to the element that holds it; the
 * enveloped-signature and the exclusive canonicalization transform, in this order; accepted algorithms; no
 * Object. KeyInfo may hold anything: it is never read, keys come from the connection alone.
 * @throws SamlRefusal
 */
export function signatureOf(signed: XmlElement): SignatureFacts | undefined {
  const [signature] = childrenOf(signed, DS, 'Signature');
  if (!signature) return undefined;

  const [signedInfo, value] = exactly(signature, ['SignedInfo', 'SignatureValue'], 'KeyInfo');
  const [canonicalization, method, reference] = exactly(signedInfo, [
    'CanonicalizationMethod',
    'SignatureMethod',
    'Reference',
  ]);
  const [transforms, digest] = exactly(reference, ['Transforms', 'DigestMethod', 'DigestValue']);
  const [enveloped, exclusive] = exactly(transforms, ['Transform', 'Transform']);

  const id = attribute(signed, 'ID');
  const uri = attribute(reference, 'URI');
  if (!id || uri !== `#${id}`)
    throw new SamlRefusal('saml_signature_malformed', `It refers to "${uri ?? ''}" inside "${id ?? ''}".`);

  const transformations = [algorithm(enveloped), algorithm(exclusive), algorithm(canonicalization)];
  if (transformations.join(' ') !== `${ENVELOPED_SIGNATURE} ${EXC_C14N} ${EXC_C14N}`)
    throw new SamlRefusal('saml_signature_transform_refused', transformations.join(', '));

  return {
    signatureAlgorithm: oneOf(SIGNATURE_ALGORITHMS, algorithm(method)),
    digestAlgorithm: oneOf(DIGEST_ALGORITHMS, algorithm(digest)),
    canonicalSignedInfo: canonicalXml(signedInfo),
    value: Buffer.from(value.text, 'base64'),
  };
}

type Elements<Names extends readonly string[]> = { [Index in keyof Names]: XmlElement };

/** The children of a signature's part: these, in this order, and at most the named one after them. */
function exactly<const Names extends readonly string[]>(
  parent: XmlElement,
  names: Names,
  optional?: string,
): Elements<Names> {
  const found = parent.children.map(({ uri, local }) => (uri === DS ? local : `{${uri}}${local}`));
  const tail = found.length > names.length && optional ? [optional] : [];
  if (found.join() !== [...names, ...tail].join())
    throw new SamlRefusal(
      'saml_signature_malformed',
      `${parent.local} holds ${found.join(', ') || 'nothing'}.`,
    );
  return parent.children.slice(0, names.length) as unknown as Elements<Names>;
}

function algorithm(element: XmlElement): string {
  return attribute(element, 'Algorithm') ?? '';
}

function oneOf(accepted: readonly string[], found: string): string {
  if (!accepted.includes(found)) throw new SamlRefusal('saml_signature_algorithm_refused', found);
  return found;
}
