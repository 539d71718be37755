import { attribute, childrenOf } from './strict-xml';
import type { XmlElement } from './xml-element';
import { canonicalXml } from './canonical-xml';
import {
  DIGEST_ALGORITHMS,
  DS,
  ENVELOPED_SIGNATURE,
  EXC_C14N,
  SIGNATURE_ALGORITHMS,
} from './signature-vocabulary';

/** A signature is not of the form that is accepted; callers put their own prefix in front to make it a code of theirs. */
export type SignatureFault = 'malformed' | 'transform_refused' | 'algorithm_refused';

/** Nothing was verified yet. `message` is for logs, `fault` for answers. */
export class SignatureRefused extends Error {
  override readonly name = 'SignatureRefused';

  constructor(
    readonly fault: SignatureFault,
    message: string,
  ) {
    super(message);
  }
}

/** A signature of the accepted form, and its position. Not verified. */
export interface SignatureFacts {
  readonly signatureAlgorithm: string;
  readonly digestAlgorithm: string;
  /** What the key of the signer was applied to. */
  readonly canonicalSignedInfo: string;
  readonly value: Buffer;
  readonly digest: Buffer;
  /** The element that contains the signature and is signed by it, and the parameters of its canonicalization. */
  readonly signed: XmlElement;
  readonly signature: XmlElement;
  readonly around: readonly XmlElement[];
  readonly prefixes: readonly string[];
  /** The certificate in KeyInfo, Base64: for the words of a refusal, never to verify with. */
  readonly shownCertificate: string | undefined;
}

/**
 * The signature that is a direct child of `signed`; undefined without one. Checks its form against the SAML profile of
 * XML Signature (SAML Core section 5.4, also used for metadata): one reference, to the parent element; the transforms
 * enveloped-signature and exclusive canonicalization, in this order; accepted algorithms; no Object. KeyInfo is
 * ignored: keys come from trusted certificates, never from the message.
 * @param around the ancestors of the signed element, outermost first
 * @throws SignatureRefused
 */
export function signatureOf(
  signed: XmlElement,
  around: readonly XmlElement[] = [],
): SignatureFacts | undefined {
  const [signature] = childrenOf(signed, DS, 'Signature');
  if (!signature) return undefined;

  const [signedInfo, value] = exactly(signature, ['SignedInfo', 'SignatureValue'], 'KeyInfo');
  const [canonicalization, method, reference] = exactly(signedInfo, [
    'CanonicalizationMethod',
    'SignatureMethod',
    'Reference',
  ]);
  const [transforms, digestMethod, digest] = exactly(reference, [
    'Transforms',
    'DigestMethod',
    'DigestValue',
  ]);
  const [enveloped, exclusive] = exactly(transforms, ['Transform', 'Transform']);

  const id = attribute(signed, 'ID');
  const uri = attribute(reference, 'URI');
  if (!id || uri !== `#${id}`)
    throw new SignatureRefused('malformed', `It refers to "${uri ?? ''}" inside "${id ?? ''}".`);

  const transformations = [algorithm(enveloped), algorithm(exclusive), algorithm(canonicalization)];
  if (transformations.join(' ') !== `${ENVELOPED_SIGNATURE} ${EXC_C14N} ${EXC_C14N}`)
    throw new SignatureRefused('transform_refused', transformations.join(', '));
  for (const empty of [enveloped, method, digestMethod, value, digest]) exactly(empty, []);

  return {
    signatureAlgorithm: oneOf(SIGNATURE_ALGORITHMS, algorithm(method)),
    digestAlgorithm: oneOf(DIGEST_ALGORITHMS, algorithm(digestMethod)),
    canonicalSignedInfo: canonicalXml(signedInfo, {
      prefixes: prefixList(canonicalization),
      around: [...around, signed, signature],
    }),
    value: base64(value),
    digest: base64(digest),
    ...{ signed, signature, around },
    prefixes: prefixList(exclusive),
    shownCertificate: shownCertificate(signature),
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
    throw new SignatureRefused('malformed', `${parent.local} holds ${found.join(', ') || 'nothing'}.`);
  return parent.children.slice(0, names.length) as unknown as Elements<Names>;
}

function algorithm(element: XmlElement): string {
  return attribute(element, 'Algorithm') ?? '';
}

function oneOf(accepted: readonly string[], found: string): string {
  if (!accepted.includes(found)) throw new SignatureRefused('algorithm_refused', found);
  return found;
}

/** The one parameter that exclusive canonicalization has. */
function prefixList(method: XmlElement): string[] {
  const [parameter] = method.children;
  if (!parameter) return [];
  const isKnown = parameter.uri === EXC_C14N && parameter.local === 'InclusiveNamespaces';
  if (!isKnown || method.children.length > 1 || parameter.children.length > 0)
    throw new SignatureRefused('transform_refused', `${method.local} holds ${parameter.local}.`);
  return (attribute(parameter, 'PrefixList') ?? '').split(/\s+/).filter(Boolean);
}

function base64({ local, text }: XmlElement): Buffer {
  const bare = text.replace(/[ \t\r\n]+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(bare))
    throw new SignatureRefused('malformed', `${local} is not Base64.`);
  return Buffer.from(bare, 'base64');
}

function shownCertificate(signature: XmlElement): string | undefined {
  const [certificate] = childrenOf(signature, DS, 'KeyInfo')
    .flatMap((keyInfo) => childrenOf(keyInfo, DS, 'X509Data'))
    .flatMap((data) => childrenOf(data, DS, 'X509Certificate'));
  return certificate?.text;
}
