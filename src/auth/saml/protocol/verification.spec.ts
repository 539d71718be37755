import { createSign } from 'node:crypto';
import { ecSigningKey, signingKey } from '../../../../test/support/certificates';
import {
  IDP_SHAPES,
  idpShape,
  newId,
  responseXml,
  signAssertion,
  signResponse,
  toBase64,
} from '../../../../test/support/saml-documents';
import { profileOf } from './attributes';
import { judge } from './claims';
import { preflight, type PreflightedXml } from './preflight';
import { verifyResponse, type VerificationTerms } from './verification';
import type { VerifiedSignedXml } from './verified-xml';

const [idp, stranger] = [signingKey(), signingKey()];
const terms: VerificationTerms = {
  certificates: [idp.certificate],
  signed: 'assertion',
  decryption: { keys: [], allowWeak: false },
};
const trust = {
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  spEntityId: 'https://gatehouse.test/sso/saml/1/metadata',
  idpEntityId: 'https://idp.test',
  requestId: newId(),
};
const look = (xml: string) => preflight({ samlResponse: toBase64(xml) });

/** The code of the row that failed, or the verified assertion. */
function verifyLooked(
  response: PreflightedXml,
  changes: Partial<VerificationTerms> = {},
): VerifiedSignedXml | string {
  const { verified, checks } = verifyResponse(response, { ...terms, ...changes });
  const failed = checks.find(({ ok }) => !ok);
  expect(verified === undefined).toBe(failed !== undefined);
  return verified ?? failed?.code ?? '';
}
const verify = (xml: string, changes?: Partial<VerificationTerms>) => verifyLooked(look(xml), changes);
const verified = expect.objectContaining({ assertion: expect.anything() });

/** With the signature made again over SignedInfo as it now is. */
function resigned(xml: string, { privateKey } = idp): string {
  const canonical = look(xml).assertionSignature?.canonicalSignedInfo ?? '';
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const value = createSign('sha256').update(canonical).sign(key, 'base64');
  return xml.replace(/(<ds:SignatureValue>)[^<]*/, `$1${value}`);
}

describe('The signature of a SAML response', () => {
  const unsigned = responseXml(trust);

  it.each(IDP_SHAPES)('verifies in the shape of %s, and its claims are read', (name) => {
    const shape = idpShape(name, idp);
    const response = look(shape.response({ ...trust, idpEntityId: shape.entityId }));
    const signed = shape.sign.length === 2 ? 'both' : shape.sign[0] === 'Response' ? 'response' : 'assertion';
    const found = verifyLooked(response, { signed }) as VerifiedSignedXml;
    const expectations = { ...trust, idpEntityId: shape.entityId, now: new Date() };
    const claims = judge(response, found, expectations).claims!;
    expect(claims.nameId).toBe(shape.subject);
    expect(profileOf(claims, {})).toEqual(shape.profile);
  });

  it.each([
    ['indented, with Windows line ends', (info: string) => info.replaceAll('><', '>\r\n   <')],
    [
      'without a prefix',
      (info: string) =>
        info
          .replaceAll('ds:', '')
          .replace('<SignedInfo>', '<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#">'),
    ],
    [
      'with declarations in the way',
      (info: string) =>
        info.replaceAll(
          '<ds:Transform ',
          '<ds:Transform xmlns:n="urn:n" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ',
        ),
    ],
    [
      'with an ID of its own',
      (info: string) => info.replace('<ds:SignedInfo>', '<ds:SignedInfo Id="_info">'),
    ],
  ])('verifies when what is signed was written %s', (_, rewrite) => {
    const written = signAssertion(unsigned, idp).replace(/<ds:SignedInfo>.*<\/ds:SignedInfo>/, rewrite);
    expect(verify(resigned(written))).toEqual(verified);
  });

  it('does not verify over a digest of another length, though the key made it', () => {
    const cut = (xml: string) =>
      xml.replace(/(<ds:DigestValue>)([^<]*)/, (_, tag: string, digest: string) => {
        return tag + Buffer.from(digest, 'base64').subarray(0, 31).toString('base64');
      });
    expect(verify(resigned(cut(signAssertion(unsigned, idp))))).toBe('saml_signature_invalid');
  });

  it('verifies with a key on an elliptic curve, and with an algorithm of that kind of key only', async () => {
    const ec = await ecSigningKey('P-256');
    const algorithm = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256';
    const signed = signAssertion(unsigned, idp).replace(/[^"]*#rsa-sha256/, algorithm);
    expect(verify(resigned(signed, ec), { certificates: [ec.certificate] })).toEqual(verified);
    expect(verify(resigned(signed, idp))).toBe('saml_signature_invalid');
    const asRsa = resigned(signAssertion(unsigned, idp), ec);
    expect(verify(asRsa, { certificates: [ec.certificate] })).toBe('saml_signature_invalid');
  });

  it('does not verify with a key that is too weak, or on a curve that is not accepted', async () => {
    const weak = signingKey({ bits: 1024 });
    expect(verify(signAssertion(unsigned, weak), { certificates: [weak.certificate] })).toBe(
      'saml_signature_invalid',
    );
    const foreign = await ecSigningKey('P-521');
    const algorithm = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256';
    const signed = signAssertion(unsigned, idp).replace(/[^"]*#rsa-sha256/, algorithm);
    expect(verify(resigned(signed, foreign), { certificates: [foreign.certificate] })).toBe(
      'saml_signature_invalid',
    );
  });

  it('verifies with RSA-PSS and with SHA-512', () => {
    for (const signatureAlgorithm of [
      'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
      'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    ]) {
      const digestAlgorithm = 'http://www.w3.org/2001/04/xmlenc#sha512';
      expect(verify(signAssertion(unsigned, idp, { signatureAlgorithm, digestAlgorithm }))).toEqual(verified);
    }
  });

  it('verifies with any certificate of the connection, also an expired one', () => {
    const expired = signingKey({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') });
    const certificates = [stranger.certificate, expired.certificate];
    expect(verify(signAssertion(unsigned, expired), { certificates })).toEqual(verified);
  });

  it('does not verify with another key, whatever certificate the message shows', () => {
    for (const shown of [idp, stranger]) {
      const forged = signAssertion(unsigned, { ...stranger, certificate: shown.certificate });
      expect(verify(forged)).toBe('saml_signature_invalid');
    }
  });

  it('does not verify once anything in the assertion has changed', () => {
    const signed = signAssertion(unsigned, idp);
    for (const [from, to] of [
      ['ada@acme', 'eve@acme'],
      ['Version="2.0" IssueInstant="20', 'Version="2.0" IssueInstant="21'],
      ['Audience>', 'Audience> '],
    ] as const) {
      const at = signed.indexOf('<saml:Assertion');
      const tampered = signed.slice(0, at) + signed.slice(at).replace(from, to);
      expect(tampered).not.toBe(signed);
      expect(verify(tampered)).toBe('saml_signature_invalid');
    }
  });

  it('must be where the connection wants it', () => {
    const [assertionOnly, responseOnly] = [signAssertion(unsigned, idp), signResponse(unsigned, idp)];
    const both = signResponse(assertionOnly, idp);
    expect(verify(unsigned)).toBe('saml_signature_missing');
    expect(verify(responseOnly)).toBe('saml_signature_missing');
    expect(verify(assertionOnly, { signed: 'response' })).toBe('saml_signature_missing');
    expect(verify(assertionOnly, { signed: 'both' })).toBe('saml_signature_missing');
    expect(verify(responseOnly, { signed: 'both' })).toBe('saml_signature_missing');
    expect(verify(assertionOnly)).toEqual(verified);
    expect(verify(responseOnly, { signed: 'response' })).toEqual(verified);
    for (const signed of ['assertion', 'response', 'both'] as const)
      expect(verify(both, { signed })).toEqual(verified);
  });

  it('must verify even where it was not asked for', () => {
    const outerByStranger = signResponse(signAssertion(unsigned, idp), stranger);
    expect(verify(outerByStranger)).toBe('saml_signature_invalid');
    const innerByStranger = signResponse(signAssertion(unsigned, stranger), idp);
    expect(verify(innerByStranger, { signed: 'response' })).toBe('saml_signature_invalid');
  });
});
