import { signingKey } from '../../../../test/support/certificates';
import {
  newId,
  responseXml,
  RSA_SHA1,
  SHA1,
  signAssertion,
  signResponse,
  toBase64,
  type Trust,
} from '../../../../test/support/saml-documents';
import { MAX_RESPONSE_BYTES } from './limits';
import { preflight } from './preflight';
import { SamlRefusal } from './refusal';

const key = signingKey();
const trust: Trust = {
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  spEntityId: 'https://gatehouse.test/sso/saml/1/metadata',
  idpEntityId: 'https://idp.test',
  requestId: newId(),
};
const unsigned = responseXml(trust);
const signed = signAssertion(unsigned, key);

/** A parameter for the transform that canonicalizes the assertion. */
const canonicalizedWith = (parameter: string) =>
  signed.replace(/(<ds:Transform Algorithm="[^"]*exc-c14n#")\/>/, `$1>${parameter}</ds:Transform>`);
const prefixList = (list: string) =>
  `<e:InclusiveNamespaces xmlns:e="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="${list}"/>`;

const look = (xml: string) => preflight({ samlResponse: toBase64(xml) });

function refusal(samlResponse: unknown): string | undefined {
  try {
    preflight({ samlResponse });
  } catch (error) {
    if (error instanceof SamlRefusal) return error.code;
    throw error;
  }
  return undefined;
}
const refusalOf = (xml: string) => refusal(toBase64(xml));

describe('The look at a SAML response before its signature is verified', () => {
  it('finds what is signed, and with which algorithms', () => {
    const both = look(signResponse(signAssertion(unsigned, key), key));
    expect(both.responseSignature?.signatureAlgorithm).toMatch(/rsa-sha256$/);
    expect(both.assertionSignature?.digestAlgorithm).toMatch(/#sha256$/);
    expect(look(signed)).toMatchObject({ responseSignature: undefined, envelope: { signed: false } });
    expect(look(unsigned).assertionSignature).toBeUndefined();
  });

  it('reads the envelope, fit to refuse a sign-in and for nothing else', () => {
    expect(look(signed).envelope).toMatchObject({
      version: '2.0',
      destination: trust.acsUrl,
      inResponseTo: trust.requestId,
      issuer: trust.idpEntityId,
      status: ['urn:oasis:names:tc:SAML:2.0:status:Success'],
    });
  });

  it('takes Base64 in lines, as browsers and identity providers send it', () => {
    const inLines = toBase64(signed).replace(/(.{76})/g, '$1\r\n');
    expect(refusal(inLines)).toBeUndefined();
  });

  it('reads the list of prefixes that are canonicalized inclusively', () => {
    const prefixes = (xml: string) => look(xml).assertionSignature?.prefixes;
    expect(prefixes(canonicalizedWith(prefixList(' xs  saml ')))).toEqual(['xs', 'saml']);
    expect(prefixes(canonicalizedWith(prefixList('').replace(' PrefixList=""', '')))).toEqual([]);
    expect(prefixes(signed)).toEqual([]);
  });

  it('takes the digest in lines, as some identity providers write it', () => {
    const digest = (xml: string) => look(xml).assertionSignature?.digest.toString('base64');
    const inLines = signed.replace(/<ds:DigestValue>.{20}/, '$&\r\n\t').replace('</ds:DigestValue>', ' $&');
    expect(digest(inLines)).toBe(digest(signed));
  });

  it('takes IDs of up to 256 characters, and statements of every kind, however many', () => {
    const id = 'a'.repeat(256);
    expect(look(responseXml(trust, { assertionId: id })).assertionId).toBe(id);
    const more =
      '<saml:Advice/><saml:AttributeStatement/><saml:AttributeStatement/><saml:AuthzDecisionStatement/>';
    expect(refusalOf(unsigned.replace('</saml:Assertion>', `${more}</saml:Assertion>`))).toBeUndefined();
  });

  it('lets a response without an assertion pass, so that its status can be told', () => {
    expect(look(responseXml(trust, { assertion: false })).assertionId).toBeUndefined();
  });

  it.each([undefined, '', 42, ['a', 'b'], { a: 1 }])('refuses %p in place of a response', (posted) => {
    expect(refusal(posted)).toBe('saml_response_missing');
  });

  it.each(['%%%', 'PHNhbWw', '<samlp:Response/>', 'PHI+PC9yPg=A', 'PHI-PC9yPg__'])(
    'refuses %p as Base64',
    (posted) => {
      expect(refusal(posted)).toBe('saml_response_not_base64');
    },
  );

  it('refuses what is larger than 256 KiB before decoding it', () => {
    const padding = ' '.repeat(MAX_RESPONSE_BYTES - signed.length);
    expect(refusalOf(signed + padding)).toBeUndefined();
    expect(refusalOf(`${signed}${padding} `)).toBe('saml_response_too_large');
    expect(refusal('A'.repeat(4_000_000))).toBe('saml_response_too_large');
  });

  const algorithms = (from: string, to: string) => signed.replace(from, to);
  const signature = /<ds:Signature .*<\/ds:Signature>/.exec(signed)?.[0] ?? '';
  const assertion = /<saml:Assertion .*<\/saml:Assertion>/.exec(signed)?.[0] ?? '';

  it.each([
    ['saml_xml_doctype', 'a DOCTYPE', `<!DOCTYPE x>${signed}`],
    [
      'saml_xml_comment',
      'a comment inside the NameID',
      signed.replace('ada@acme.test', 'ada@acme.test<!---->.evil'),
    ],
    ['saml_xml_cdata', 'a CDATA section', signed.replace('ada@acme.test', '<![CDATA[ada@acme.test]]>')],
    [
      'saml_xml_processing_instruction',
      'a processing instruction',
      signed.replace('ada@acme', 'ada<?x y?>@acme'),
    ],
    ['saml_xml_encoding', 'another encoding', `<?xml version="1.0" encoding="latin1"?>${signed}`],
    ['saml_xml_malformed', 'something after the root', `${signed}<x/>`],
    ['saml_xml_namespace', 'a look-alike declaration', signed.replace('Version=', 'xmlnsx="urn:x" Version=')],
    [
      'saml_root_unexpected',
      'an assertion alone',
      assertion.replace(
        '<saml:Assertion ',
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ',
      ),
    ],
    [
      'saml_root_unexpected',
      'a logout response',
      signed.replaceAll('samlp:Response', 'samlp:LogoutResponse'),
    ],
    [
      'saml_root_unexpected',
      'a Response of SAML 1.1',
      unsigned.replaceAll('SAML:2.0:protocol', 'SAML:1.0:protocol'),
    ],
    [
      'saml_multiple_assertions',
      'two assertions',
      signed.replace(
        '</samlp:Response>',
        `${assertion.replace(/ ID="[^"]+"/, ' ID="_b"').replace(signature, '')}</samlp:Response>`,
      ),
    ],
    [
      'saml_multiple_assertions',
      'an assertion hidden in Extensions',
      signed.replace(
        '<samlp:Status>',
        `<samlp:Extensions>${assertion.replace(/ ID="[^"]+"/, ' ID="_b"').replace(signature, '')}</samlp:Extensions><samlp:Status>`,
      ),
    ],
    [
      'saml_structure_invalid',
      'an assertion that is not a child of the response',
      signed.replace(assertion, `<samlp:Extensions>${assertion}</samlp:Extensions>`),
    ],
    [
      'saml_structure_invalid',
      'a namesake of Assertion in another namespace',
      signed.replace(
        '<samlp:Status>',
        '<samlp:Extensions><Assertion xmlns="urn:x"/></samlp:Extensions><samlp:Status>',
      ),
    ],
    [
      'saml_structure_invalid',
      'a second Subject',
      signed.replace('<saml:Subject>', '<saml:Subject/><saml:Subject>'),
    ],
    [
      'saml_structure_invalid',
      'a foreign child of the assertion',
      signed.replace('<saml:Subject>', '<x xmlns="urn:x"/><saml:Subject>'),
    ],
    [
      'saml_structure_invalid',
      'a second Status',
      signed.replace('<samlp:Status>', '<samlp:Status/><samlp:Status>'),
    ],
    [
      'saml_structure_invalid',
      'a foreign child of the response',
      signed.replace('<samlp:Status>', '<x xmlns="urn:x"/><samlp:Status>'),
    ],
    [
      'saml_encryption_unsupported',
      'an encrypted assertion',
      signed.replace(assertion, '<saml:EncryptedAssertion/>'),
    ],
    [
      'saml_encryption_unsupported',
      'an encrypted subject',
      signed.replace('<saml:Subject>', '<saml:Subject><saml:EncryptedID/>'),
    ],
    ...['NewEncryptedID', 'EncryptedAttribute'].map((name) => [
      'saml_encryption_unsupported',
      `an ${name}`,
      signed.replace('<saml:Subject>', `<saml:Subject><saml:${name}/>`),
    ]),
    [
      'saml_duplicate_id',
      'an ID used twice',
      signed.replace(
        '<saml:Subject>',
        `<saml:Subject><saml:x Id="${/Assertion ID="([^"]+)"/.exec(signed)?.[1]}"/>`,
      ),
    ],
    ['saml_id_invalid', 'an assertion without an ID', unsigned.replace(/(<saml:Assertion) ID="[^"]+"/, '$1')],
    [
      'saml_id_invalid',
      'an ID with a quote in it',
      unsigned.replace(/(<saml:Assertion) ID="[^"]+"/, `$1 ID="a'b"`),
    ],
    [
      'saml_id_invalid',
      'an ID of 257 characters',
      unsigned.replace(/(<saml:Assertion) ID="[^"]+"/, `$1 ID="${'a'.repeat(257)}"`),
    ],
    [
      'saml_signature_misplaced',
      'a signature further down',
      signed.replace(signature, '').replace('<saml:Subject>', `<saml:Subject>${signature}`),
    ],
    [
      'saml_signature_misplaced',
      'two signatures in one place',
      signed.replace(signature, signature + signature),
    ],
    ['saml_signature_malformed', 'a reference to another element', signed.replace('URI="#', 'URI="#x')],
    [
      'saml_signature_malformed',
      'a reference to the whole document',
      signed.replace(/URI="#[^"]+"/, 'URI=""'),
    ],
    [
      'saml_signature_malformed',
      'two references',
      signed.replace(/(<ds:Reference.*<\/ds:Reference>)/, '$1$1'),
    ],
    [
      'saml_signature_malformed',
      'an Object in the signature',
      signed.replace('</ds:Signature>', '<ds:Object/></ds:Signature>'),
    ],
    [
      'saml_signature_malformed',
      'a second SignedInfo',
      signed.replace(/(<ds:SignedInfo>.*<\/ds:SignedInfo>)/, '$1$1'),
    ],
    [
      'saml_signature_malformed',
      'a reference to a response without an ID',
      signResponse(unsigned, key)
        .replace(/(<samlp:Response[^>]*) ID="[^"]+"/, '$1')
        .replace(/URI="#[^"]+"/, 'URI="#undefined"'),
    ],
    [
      'saml_signature_malformed',
      'a reference to a response with an empty ID',
      signResponse(unsigned, key)
        .replace(/(<samlp:Response[^>]*) ID="[^"]+"/, '$1 ID=""')
        .replace(/URI="#[^"]+"/, 'URI="#"'),
    ],
    [
      'saml_structure_invalid',
      'an element of another namespace in place of SignedInfo',
      signed.replace(/<ds:SignedInfo>(.*)<\/ds:SignedInfo>/, '<SignedInfo xmlns="urn:x">$1</SignedInfo>'),
    ],
    ['saml_signature_malformed', 'an element in the digest', signed.replace('<ds:DigestValue>', '$&<ds:x/>')],
    [
      'saml_signature_malformed',
      'a parameter of the signature method',
      signed.replace(
        /(<ds:SignatureMethod[^>]*)\/>/,
        '$1><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>',
      ),
    ],
    ...['!', '=', '===='].map((stray) => [
      'saml_signature_malformed',
      `a digest with ${stray} in it, which is not Base64`,
      signed.replace(/<ds:DigestValue>.{4}/, `$&${stray}`),
    ]),
    [
      'saml_signature_malformed',
      'a digest with another sign at its end',
      signed.replace('</ds:DigestValue>', '!</ds:DigestValue>'),
    ],
    ...[
      '<e:Other xmlns:e="http://www.w3.org/2001/10/xml-exc-c14n#"/>',
      '<e:InclusiveNamespaces xmlns:e="urn:x"/>',
      prefixList('xs').repeat(2),
      prefixList('xs').replace('/>', '><e:x/></e:InclusiveNamespaces>'),
    ].map((parameter) => [
      'saml_signature_transform_refused',
      `a canonicalization with ${parameter}`,
      canonicalizedWith(parameter),
    ]),
    [
      'saml_signature_transform_refused',
      'an XPath transform',
      algorithms('xmldsig#enveloped-signature"/>', 'xmldsig#xpath"/>'),
    ],
    [
      'saml_signature_transform_refused',
      'inclusive canonicalization',
      signed.replaceAll(
        'http://www.w3.org/2001/10/xml-exc-c14n#',
        'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
      ),
    ],
    [
      'saml_signature_algorithm_refused',
      'RSA with SHA-1',
      signAssertion(unsigned, key, { signatureAlgorithm: RSA_SHA1 }),
    ],
    [
      'saml_signature_algorithm_refused',
      'SHA-1 digests',
      signAssertion(unsigned, key, { digestAlgorithm: SHA1 }),
    ],
    [
      'saml_signature_algorithm_refused',
      'an HMAC',
      algorithms('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#hmac-sha1'),
    ],
    [
      'saml_signature_algorithm_refused',
      'no algorithm at all',
      algorithms('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', ''),
    ],
  ])('refuses with %p %s', (code, _, xml) => {
    expect(refusalOf(xml)).toBe(code);
  });

  it('refuses depth and number without having read it all', () => {
    expect(refusalOf(signed.replace('<saml:Subject>', '<saml:Subject>'.repeat(40)))).toBe(
      'saml_xml_too_deep',
    );
    const many = signed.replace('<saml:Subject>', `<saml:Subject>${'<saml:x/>'.repeat(2100)}`);
    expect(refusalOf(many)).toBe('saml_xml_too_many_elements');
  });
});
