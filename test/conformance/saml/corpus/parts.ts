/** The parts of a signed response, whatever prefixes it uses, to be put together differently. */
export interface Parts {
  readonly head: string;
  readonly assertion: string;
  readonly tail: string;
  /** The assertion's own signature, or else the response's. */
  readonly signature: string;
  /** The assertion without a signature. */
  readonly bare: string;
}

const ASSERTION = /<((?:\w+:)?)Assertion\s[^]*?<\/\1Assertion>/;
const SIGNATURE = /<((?:\w+:)?)Signature\s[^]*?<\/\1Signature>/;

export function partsOf(xml: string): Parts | undefined {
  const found = ASSERTION.exec(xml);
  if (!found) return undefined;
  const [assertion] = found;
  const head = xml.slice(0, found.index);
  const tail = xml.slice(found.index + assertion.length);
  const signature = (SIGNATURE.exec(assertion) ?? SIGNATURE.exec(head))?.[0];
  if (!signature) return undefined;
  return { head, assertion, tail, signature, bare: assertion.replace(SIGNATURE, '') };
}

/** Another subject under another ID: what a forger wants to be believed. */
export function forged(assertion: string, id: string): string {
  return assertion
    .replace(SIGNATURE, '')
    .replace(/(<(?:\w+:)?Assertion\s[^>]*?\bID=")[^"]+/, `$1${id}`)
    .replace(/(<(?:\w+:)?NameID\b[^>]*>)[^<]*/, '$1eve@acme.test');
}

/** Puts something in front of the end of an element. */
export function inside(element: string, content: string): string {
  return element.replace(/<\/[\w:]+>$/, (end) => content + end);
}

/** Puts something right after the first Issuer of an element, where its signature belongs. */
export function afterIssuer(element: string, content: string): string {
  return element.replace(/<\/(?:\w+:)?Issuer>/, (end) => end + content);
}

export function withoutSignatures(xml: string): string {
  return xml.replace(new RegExp(SIGNATURE, 'g'), '');
}
