import { constants, createPrivateKey, type KeyObject, sign, type SigningOptions } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { ecSigningKey, signingKey } from '../../../../test/support/certificates';
import { readRedirect, redirectUrl, verifyRedirect } from './redirect-binding';

const XML = '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>';
const RSA_SHA256 = encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256');

const idp = signingKey({ commonName: 'IdP' });
const key = createPrivateKey(idp.privateKey);
const base64 = deflateRawSync(Buffer.from(XML)).toString('base64');
const packed = encodeURIComponent(base64);
const signatureOver = (text: string, by = key) => sign('sha256', Buffer.from(text), by).toString('base64');

/** Throws unless the query was signed with the key of the provider. */
const verified = (query: string, certificate = idp.certificate) => {
  const message = readRedirect(query);
  verifyRedirect(message, [certificate]);
  return message;
};

describe('A message in an address', () => {
  it('is read as it was written, behind a query that the address has already', async () => {
    const relayState = 'a b+c&d=é';
    const message = { field: 'SAMLResponse', xml: XML, relayState } as const;
    const url = await redirectUrl('https://sp.test/slo?tenant=1', message, key);
    expect(url).toMatch(/^https:\/\/sp\.test\/slo\?tenant=1&SAMLResponse=/);
    expect(verified(url.slice(url.indexOf('?') + 1))).toMatchObject(message);
  });

  it('is verified in the spelling and the order that were signed, in whatever order it comes', () => {
    const signed = `SAMLRequest=${packed}&RelayState=a+b%2bc&SigAlg=${RSA_SHA256}`;
    const [request, relayState, algorithm] = signed.split('&');
    const signature = `Signature=${encodeURIComponent(signatureOver(signed))}`;
    const sent = [signature, algorithm, relayState, 'other=1', request].join('&');
    expect(verified(sent)).toMatchObject({ xml: XML, relayState: 'a b+c' });
  });

  it('may leave the plus signs of Base64 as they are, and break its lines', () => {
    const signed = `SAMLRequest=${packed}&SigAlg=${RSA_SHA256}`;
    const broken = (signatureOver(signed).match(/.{1,76}/g) ?? []).join('%0D%0A');
    expect(verified(`${signed}&Signature=${broken}`).xml).toBe(XML);
  });

  it.each(['*', 'a%3Db', 'AAAA%3D%3D%3D', ''])('is refused where it is no Base64: %p', (text) => {
    expect(() => readRedirect(`SAMLRequest=${text}`)).toThrow(
      expect.objectContaining({
        code: 'saml_logout_malformed',
        extra: { reason: expect.stringMatching(/not Base64/) },
      }),
    );
  });

  it('is verified by every algorithm that a document may be signed with', async () => {
    const curve = await ecSigningKey('P-256');
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const ways: [algorithm: string, by: KeyObject, how: SigningOptions, certificate: string][] = [
      ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', key, {}, idp.certificate],
      ['http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1', key, pss, idp.certificate],
      [
        'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
        createPrivateKey(curve.privateKey),
        { dsaEncoding: 'ieee-p1363' },
        curve.certificate,
      ],
    ];
    for (const [algorithm, by, how, certificate] of ways) {
      const signed = `SAMLRequest=${packed}&SigAlg=${encodeURIComponent(algorithm)}`;
      const hash = /sha\d+/.exec(algorithm.split('#')[1]!)![0];
      const signature = sign(hash, Buffer.from(signed), { key: by, ...how }).toString('base64');
      expect(verified(`${signed}&Signature=${encodeURIComponent(signature)}`, certificate).xml).toBe(XML);
    }
  });

  it.each(['http://www.w3.org/2000/09/xmldsig#rsa-sha1', 'rsa-sha256', 'toString', '__proto__'])(
    'is refused where %p is to have signed it',
    (algorithm) => {
      const signed = `SAMLRequest=${packed}&SigAlg=${encodeURIComponent(algorithm)}`;
      expect(() => verified(`${signed}&Signature=${encodeURIComponent(signatureOver(signed))}`)).toThrow(
        expect.objectContaining({ code: 'saml_logout_algorithm_refused' }),
      );
    },
  );

  it('does not count by a key of another kind than its algorithm', async () => {
    const other = await ecSigningKey('P-256');
    const signed = `SAMLRequest=${packed}&SigAlg=${RSA_SHA256}`;
    const signature = signatureOver(signed, createPrivateKey(other.privateKey));
    expect(() => verified(`${signed}&Signature=${encodeURIComponent(signature)}`, other.certificate)).toThrow(
      expect.objectContaining({ code: 'saml_logout_signature_invalid' }),
    );
  });
});
