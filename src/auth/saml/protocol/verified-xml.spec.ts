import { SamlRefusal } from './refusal';
import { rereadSigned, VerifiedSignedXml } from './verified-xml';
import { SAML, SAMLP } from './vocabulary';

const assertion = `<saml:Assertion xmlns:saml="${SAML}" ID="_a"></saml:Assertion>`;
const response = (child: string) => `<samlp:Response xmlns:samlp="${SAMLP}">${child}</samlp:Response>`;

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof SamlRefusal) return error.code;
    throw error;
  }
  return undefined;
}

describe('The bytes whose signature was verified', () => {
  const read = (bytes: string) => VerifiedSignedXml.fromSignedBytes(bytes, { assertionId: '_a' });

  it('hold the assertion that pre-flight saw, alone or in its response', () => {
    for (const bytes of [assertion, response(assertion)])
      expect(read(bytes).assertion).toMatchObject({ uri: SAML, local: 'Assertion' });
  });

  it.each([
    ['another assertion', assertion.replace('_a', '_b')],
    ['a response around another one', response(assertion.replace('_a', '_b'))],
    ['a response without an assertion', response('')],
    ['another element of that ID', assertion.replaceAll('saml:Assertion', 'saml:Advice')],
    ['a namesake of that ID', assertion.replace(SAML, 'urn:x')],
    ['a namesake of a response', response(assertion).replace(SAMLP, 'urn:x')],
    ['another message around the assertion', response(assertion).replaceAll('samlp:Response', 'samlp:x')],
    ['what is not canonical XML', assertion.replace('"_a"', "'_a'")],
  ])('are refused when they are %s', (_, bytes) => {
    expect(codeOf(() => read(bytes))).toBe('saml_signature_invalid');
  });

  it('are read again only as canonical XML', () => {
    expect(rereadSigned('<a></a>')).toMatchObject({ local: 'a' });
    expect(codeOf(() => rereadSigned('<a/>'))).toBe('saml_signature_invalid');
  });
});
