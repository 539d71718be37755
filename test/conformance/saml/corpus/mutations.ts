import type { Dice } from './dice';
import { afterIssuer, forged, inside, partsOf, withoutSignatures } from './parts';

/**
 * One thing an attacker does to a message that was signed by somebody else's key. Each alone makes it a message that must
 * be refused, and none undoes another, so that any of them may be combined.
 */
export type Mutation = (xml: string, dice: Dice) => string;

const object = (signature: string, content: string): string =>
  signature.replace(/<\/((?:\w+:)?)Signature>$/, `<$1Object>${content}</$1Object></$1Signature>`);
const extensions = (content: string): string =>
  `<x:Extensions xmlns:x="urn:oasis:names:tc:SAML:2.0:protocol">${content}</x:Extensions>`;
const advice = (content: string): string =>
  `<x:Advice xmlns:x="urn:oasis:names:tc:SAML:2.0:assertion">${content}</x:Advice>`;

type Arrangement = (parts: NonNullable<ReturnType<typeof partsOf>>, evil: string) => string;

const wrap =
  (arrange: Arrangement): Mutation =>
  (xml, dice) => {
    const parts = partsOf(xml);
    return parts ? arrange(parts, forged(parts.assertion, dice.id())) : xml;
  };

/** Signature wrapping: the signed bytes are still there, something else is where it is looked for. */
const WRAPPINGS: Record<string, Mutation> = {
  'forged before signed': wrap(({ head, assertion, tail }, evil) => head + evil + assertion + tail),
  'forged after signed': wrap(({ head, assertion, tail }, evil) => head + assertion + evil + tail),
  'signed inside forged': wrap(({ head, assertion, tail }, evil) => head + inside(evil, assertion) + tail),
  'forged inside signed': wrap(({ head, assertion, tail }, evil) => head + inside(assertion, evil) + tail),
  'forged in advice of signed': wrap(
    ({ head, assertion, tail }, evil) => head + inside(assertion, advice(evil)) + tail,
  ),
  'signed in advice of forged': wrap(
    ({ head, assertion, tail }, evil) => head + inside(evil, advice(assertion)) + tail,
  ),
  'signature moved to forged, signed after it': wrap(
    ({ head, bare, signature, tail }, evil) => head + afterIssuer(evil, signature) + bare + tail,
  ),
  'signed in an object of the forged one’s signature': wrap(
    ({ head, bare, signature, tail }, evil) => head + afterIssuer(evil, object(signature, bare)) + tail,
  ),
  'signature moved to forged, signed in extensions': wrap(
    ({ head, bare, signature, tail }, evil) => head + extensions(bare) + afterIssuer(evil, signature) + tail,
  ),
  'signature alone moved to forged': wrap(
    ({ head, signature, tail }, evil) => head + afterIssuer(evil, signature) + tail,
  ),
  'signed under the forged one’s ID': wrap(({ head, assertion, signature, tail }, evil) => {
    const id = /\bID="([^"]+)"/.exec(assertion)?.[1] ?? '';
    return (
      head + afterIssuer(evil.replace(/\bID="[^"]+"/, `ID="${id}"`), signature) + extensions(assertion) + tail
    );
  }),
  'the whole response in an object of a forged one': (xml, dice) => {
    const parts = partsOf(xml);
    if (!parts) return xml;
    const root = /<((?:\w+:)?)Response\s[^]*/.exec(xml)?.[0] ?? xml;
    const evil = parts.head + forged(parts.assertion, dice.id()) + parts.tail;
    return afterIssuer(
      withoutSignatures(evil).replace(/\bID="[^"]+"/, `ID="${dice.id()}"`),
      object(parts.signature, root),
    );
  },
  'the whole response beside its signature in a forged one': (xml, dice) => {
    const parts = partsOf(xml);
    if (!parts) return xml;
    const root = /<((?:\w+:)?)Response\s[^]*/.exec(xml)?.[0] ?? xml;
    const evil = withoutSignatures(parts.head + forged(parts.assertion, dice.id()) + parts.tail);
    return afterIssuer(
      evil.replace(/\bID="[^"]+"/, `ID="${dice.id()}"`),
      withoutSignatures(root) + parts.signature,
    );
  },
};

const replace =
  (from: RegExp, to: string | ((dice: Dice) => string)): Mutation =>
  (xml, dice) => {
    const text = typeof to === 'string' ? to : to(dice);
    return xml.replace(from, (...groups) => text.replace(/\$(\d)/g, (_, at) => String(groups[Number(at)])));
  };
/** Somewhere between two tags. */
const between =
  (what: string | ((dice: Dice) => string)): Mutation =>
  (xml, dice) => {
    const places = [...xml.matchAll(/>(?=<)/g)].map(({ index }) => index + 1).slice(1, -1);
    const at = dice.pick(places);
    return xml.slice(0, at) + (typeof what === 'string' ? what : what(dice)) + xml.slice(at);
  };
/** Somewhere inside the text of an element that means something. */
const inText =
  (what: string): Mutation =>
  (xml, dice) => {
    const places = [
      ...xml.matchAll(/(?:NameID|Audience|AttributeValue|DigestValue|SignatureValue|Issuer)\b[^>]*>[^<]{2}/g),
    ];
    const place = dice.pick(places);
    const at = place.index + place[0].length - 1;
    return xml.slice(0, at) + what + xml.slice(at);
  };
const algorithm = (element: string, uri: string): Mutation =>
  replace(new RegExp(`(<(?:\\w+:)?${element}\\b[^>]*Algorithm=")[^"]*`), `$1${uri}`);
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const bytes = (count: number) => (dice: Dice) =>
  Buffer.from(Array.from({ length: count }, () => dice.roll(256))).toString('base64');
const value = (element: string, make: (dice: Dice) => string): Mutation =>
  replace(new RegExp(`(<(?:\\w+:)?${element}\\b[^>]*>)[^<]*`), (dice) => `$1${make(dice)}`);

const SIGNATURES: Record<string, Mutation> = {
  'no signature': withoutSignatures,
  'an empty signature': (xml) =>
    withoutSignatures(xml).replace(/<\/((?:\w+:)?)Issuer>/g, `$&<Signature xmlns="${DS}"/>`),
  'a signature in a namespace of its own': replace(
    /http:\/\/www\.w3\.org\/2000\/09\/xmldsig#"/g,
    'urn:xmldsig"',
  ),
  'the signature twice': replace(/(<((?:\w+:)?)Signature\s[^]*?<\/\2Signature>)/, '$1$1'),
  'no KeyInfo and no value': (xml) =>
    xml
      .replace(/<((?:\w+:)?)KeyInfo\b[^]*?<\/\1KeyInfo>/g, '')
      .replace(/<((?:\w+:)?)SignatureValue\b[^]*?<\/\1SignatureValue>/g, ''),
  'RSA with SHA-1': algorithm('SignatureMethod', `${DS}rsa-sha1`),
  'RSA with MD5': algorithm('SignatureMethod', `${MORE}rsa-md5`),
  'an HMAC': algorithm('SignatureMethod', `${MORE}hmac-sha256`),
  DSA: algorithm('SignatureMethod', `${DS}dsa-sha1`),
  'ECDSA on an RSA key': algorithm('SignatureMethod', `${MORE}ecdsa-sha256`),
  'PSS on a PKCS #1 signature': algorithm(
    'SignatureMethod',
    'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  ),
  'another hash than was signed': algorithm('SignatureMethod', `${MORE}rsa-sha384`),
  'no algorithm': algorithm('SignatureMethod', ''),
  'an algorithm named like a method': algorithm('SignatureMethod', '__proto__'),
  'SHA-1 digests': algorithm('DigestMethod', `${DS}sha1`),
  'digests of another length': algorithm('DigestMethod', 'http://www.w3.org/2001/04/xmlenc#sha512'),
  'digests by a method of objects': algorithm('DigestMethod', 'constructor'),
  'inclusive canonicalization': algorithm(
    'CanonicalizationMethod',
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  ),
  'canonicalization with comments': algorithm(
    'CanonicalizationMethod',
    'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  ),
  'an XSLT transform': algorithm('Transform', 'http://www.w3.org/TR/1999/REC-xslt-19991116'),
  'an XPath transform': algorithm('Transform', 'http://www.w3.org/TR/1999/REC-xpath-19991116'),
  'an XPath filter': algorithm('Transform', 'http://www.w3.org/2002/06/xmldsig-filter2'),
  'a Base64 transform': algorithm('Transform', `${DS}base64`),
  'no transforms': replace(/<((?:\w+:)?)Transforms\b[^]*?<\/\1Transforms>/, ''),
  'one transform': replace(/<(?:\w+:)?Transform\b[^>]*\/>/, ''),
  'a third transform': replace(/(<(?:\w+:)?Transform\b[^>]*\/>)/, '$1$1'),
  'a transform with a style sheet in it': replace(
    /<((?:\w+:)?)Transform\b([^>]*)\/>/,
    `<$1Transform Algorithm="${DS}enveloped-signature"><x xmlns="urn:x"/></$1Transform>`,
  ),
  'prefixes that are to be declared': replace(
    /<(?:\w+:)?CanonicalizationMethod\b([^>]*)\/>/,
    `<CanonicalizationMethod xmlns="${DS}"$1><I xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="saml"/></CanonicalizationMethod>`,
  ),
  'a reference to everything': replace(/(<(?:\w+:)?Reference\b[^>]*URI=")[^"]*/, '$1'),
  'a reference by pointer': replace(/(<(?:\w+:)?Reference\b[^>]*URI=")#([^"]*)/, '$1#xpointer(/)'),
  'a reference elsewhere': replace(/(<(?:\w+:)?Reference\b[^>]*URI=")[^"]*/, (dice) => `$1#${dice.id()}`),
  'a reference to another site': replace(
    /(<(?:\w+:)?Reference\b[^>]*URI=")[^"]*/,
    '$1https://evil.test/a.xml',
  ),
  'a reference without URI': replace(/(<(?:\w+:)?Reference\b[^>]*) URI="[^"]*"/, '$1'),
  'two references': replace(/(<((?:\w+:)?)Reference\b[^]*?<\/\2Reference>)/, '$1$1'),
  'a manifest': replace(
    /<\/((?:\w+:)?)Signature>/,
    `<Object xmlns="${DS}"><Manifest/></Object></$1Signature>`,
  ),
  'a random digest': value('DigestValue', bytes(32)),
  'an empty digest': value('DigestValue', () => ''),
  'a digest that is none': value('DigestValue', () => 'not/base64!'),
  'a random signature value': value('SignatureValue', bytes(256)),
  'a short signature value': value('SignatureValue', bytes(64)),
  'a signature value of zeros': value('SignatureValue', () => Buffer.alloc(256).toString('base64')),
  'a signature value of one': value('SignatureValue', () =>
    Buffer.concat([Buffer.alloc(255), Buffer.of(1)]).toString('base64'),
  ),
  'an empty signature value': value('SignatureValue', () => ''),
  'a signature value that is an element': replace(
    /(<(?:\w+:)?SignatureValue\b[^>]*>)/,
    '$1<x xmlns="urn:x"/>',
  ),
};

const CONTENT: Record<string, Mutation> = {
  'another subject': value('NameID', () => 'eve@acme.test'),
  'another audience': value('Audience', () => 'https://evil.test'),
  'a later end': replace(/(NotOnOrAfter=")\d{4}/g, '$12999'),
  'another request': replace(/(InResponseTo=")[^"]+/g, (dice) => `$1${dice.id()}`),
  'another time of authentication': replace(/(AuthnInstant=")\d{4}/, '$12001'),
  'another ID': (xml, dice) => {
    const id = /<(?:\w+:)?Assertion\s[^>]*?\bID="([^"]+)"/.exec(xml)?.[1];
    return id ? xml.replaceAll(id, dice.id()) : xml;
  },
  'one more attribute value': replace(
    /<\/((?:\w+:)?)Assertion>/,
    '<$1AttributeStatement><$1Attribute Name="groups"><$1AttributeValue>admins</$1AttributeValue></$1Attribute></$1AttributeStatement></$1Assertion>',
  ),
  'one more subject': replace(/(<((?:\w+:)?)Subject>)/, '<$2Subject/>$1'),
  'a blank in the subject': replace(/(<(?:\w+:)?NameID\b[^>]*>)/, '$1 '),
  'a subject in another namespace': replace(/(<(?:\w+:)?NameID)\b/, '$1 xmlns:evil="urn:evil" evil:a="b"'),
  'an assertion of another namespace': replace(
    /urn:oasis:names:tc:SAML:2\.0:assertion/g,
    'urn:oasis:names:tc:SAML:1.0:assertion',
  ),
  'a response of another namespace': replace(/urn:oasis:names:tc:SAML:2\.0:protocol/g, 'urn:x:protocol'),
};

const XML: Record<string, Mutation> = {
  'a comment': between('<!-- x -->'),
  'a comment in a text': inText('<!---->'),
  'a processing instruction': between('<?x y?>'),
  'a processing instruction in a text': inText('<?x?>'),
  CDATA: inText('<![CDATA[]]>'),
  'a DOCTYPE': (xml) => `<!DOCTYPE r>${xml.replace(/^<\?xml[^>]*\?>/, '')}`,
  'an entity of its own': (xml) => {
    const bare = xml.replace(/^<\?xml[^>]*\?>/, '');
    return `<!DOCTYPE r [<!ENTITY e "eve@acme.test">]>${bare.replace(/(NameID\b[^>]*>)[^<]*/, '$1&e;')}`;
  },
  'an entity from outside': (xml) =>
    `<!DOCTYPE r [<!ENTITY % e SYSTEM "https://evil.test/e.dtd"> %e;]>${xml.replace(/^<\?xml[^>]*\?>/, '')}`,
  'an entity nobody declared': inText('&evil;'),
  'a character that XML has not': inText('&#0;'),
  'a null byte': inText('\u0000'),
  'half an ampersand': inText('&'),
  'something after the root': (xml) => `${xml}<x/>`,
  'something before the root': (xml) => `x${xml}`,
  'a second root': (xml) => xml + xml.replace(/^<\?xml[^>]*\?>/, ''),
  'half of it': (xml, dice) => xml.slice(0, Math.floor(xml.length * 0.5) + dice.roll(100)),
  'another encoding': (xml) => `<?xml version="1.0" encoding="UTF-16"?>${xml.replace(/^<\?xml[^>]*\?>/, '')}`,
  'another version of XML': (xml) => `<?xml version="1.1"?>${xml.replace(/^<\?xml[^>]*\?>/, '')}`,
  'an ID twice': replace(/(<(?:\w+:)?Subject)>/, '$1 id="same" xml:id="same">'),
  'an undeclared prefix': between('<nobody:x/>'),
  'a look-alike declaration': replace(/(<(?:\w+:)?Subject)\b/, '$1 xmlnsx="urn:x"'),
  'a relative namespace': replace(/(<(?:\w+:)?Subject)\b/, '$1 xmlns:rel="rel"'),
  'a namespace with a quote in it': replace(/(<(?:\w+:)?Subject)\b/, '$1 xmlns:q="urn:&quot;q"'),
  'an attribute twice': replace(/(<(?:\w+:)?Subject)\b/, '$1 a="1" a="2"'),
  'a hundred levels': between('<x xmlns="urn:x">'.repeat(100) + '</x>'.repeat(100)),
  'three thousand elements': between('<x xmlns="urn:x"/>'.repeat(3000)),
  'five thousand attributes': between(
    `<x xmlns="urn:x"${Array.from({ length: 5000 }, (_, at) => ` a${at}=""`).join('')}/>`,
  ),
  'more than is read': (xml) => xml + ' '.repeat(300_000),
  'a stranger among the children of the response': replace(/(<((?:\w+:)?)Status>)/, '<x xmlns="urn:x"/>$1'),
};

/** Every mutation by its name. */
export const MUTATIONS: ReadonlyMap<string, Mutation> = new Map(
  Object.entries({ ...WRAPPINGS, ...SIGNATURES, ...CONTENT, ...XML }),
);
