import { createPublicKey, createSign, createVerify, X509Certificate } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { signingKey } from '../../../test/support/certificates';
import {
  IDP_SHAPES,
  idpShape,
  newId,
  responseXml,
  signAssertion,
  signResponse,
  toBase64,
} from '../../../test/support/saml-documents';
import { Secret } from '../../crypto/secret';
import { serviceProviderAddresses } from '../../sso-connections/connection-urls';
import { profileOf } from './protocol/attributes';
import { claimsOf, judge } from './protocol/claims';
import { preflight } from './protocol/preflight';
import { requestUrl, verifySignature } from './saml.strategy';
import { type SamlSettings, ServiceProvider } from './service-provider';

const [idp, stranger, sp] = [signingKey(), signingKey(), signingKey({ commonName: 'Gatehouse' })];
const urls = serviceProviderAddresses('https://gatehouse.test', '0197aaaa-0000-7000-8000-000000000001');
const settings: SamlSettings = {
  entityId: 'https://idp.test',
  ssoUrl: 'https://idp.test/sso?idpid=C01',
  certificates: [idp.certificate],
  signed: 'assertion',
  spCertificate: sp.certificate,
  spPrivateKey: new Secret(sp.privateKey),
};
const trust = {
  acsUrl: urls.acsUrl,
  spEntityId: urls.entityId,
  idpEntityId: settings.entityId,
  requestId: newId(),
};
const look = (xml: string) => preflight({ samlResponse: toBase64(xml) });
const verify = (xml: string, changes: Partial<SamlSettings> = {}) =>
  verifySignature({ ...settings, ...changes }, urls, look(xml));

describe('A request to sign in', () => {
  const request = { id: newId(), relayState: '0197aaaa-0000-7000-8000-000000000002' };
  const open = async (changes: Partial<SamlSettings> = {}, loginHint?: string) => {
    const url = new URL(await requestUrl({ ...settings, ...changes }, urls, { ...request, loginHint }));
    return {
      url,
      xml: inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString(),
    };
  };

  it('goes to the identity provider, keeping the query of its URL', async () => {
    const { url } = await open();
    expect(url.href).toMatch(/^https:\/\/idp\.test\/sso\?idpid=C01&/);
    expect(url.searchParams.get('RelayState')).toBe(request.relayState);
  });

  it('says who asks, where to answer and under which ID, and asks for no particular way to sign in', async () => {
    const { xml } = await open();
    expect(xml).toContain(`ID="${request.id}"`);
    expect(xml).toContain(`AssertionConsumerServiceURL="${urls.acsUrl}"`);
    expect(xml).toContain(`>${urls.entityId}</saml:Issuer>`);
    expect(xml).toContain('AllowCreate="true"');
    expect(xml).not.toContain('RequestedAuthnContext');
    expect(xml).not.toContain('Format=');
  });

  it('asks for a NameID format when the connection does', async () => {
    const nameIdFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
    expect((await open({ nameIdFormat })).xml).toContain(`Format="${nameIdFormat}"`);
  });

  it("is signed with the connection's key, RSA-SHA256", async () => {
    const { url } = await open({}, 'ada@acme.test');
    expect(url.searchParams.get('SigAlg')).toBe('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256');
    const signed = /SAMLRequest=.*SigAlg=[^&]+/.exec(url.search)?.[0].replace(/&login_hint=[^&]+/, '') ?? '';
    const key = createPublicKey(
      new X509Certificate(sp.certificate).publicKey.export({ type: 'spki', format: 'pem' }),
    );
    const verifier = createVerify('sha256').update(signed);
    expect(verifier.verify(key, url.searchParams.get('Signature') ?? '', 'base64')).toBe(true);
    expect(url.searchParams.get('login_hint')).toBe('ada@acme.test');
  });
});

describe('The metadata of the service provider', () => {
  const metadata = new ServiceProvider(settings, urls).metadata();

  it('names it, tells where to post and that assertions must be signed', () => {
    expect(metadata).toContain(`entityID="${urls.entityId}"`);
    expect(metadata).toContain(`Location="${urls.acsUrl}"`);
    expect(metadata).toContain('WantAssertionsSigned="true"');
    expect(metadata).toContain('AuthnRequestsSigned="true"');
  });

  it('holds the certificate that requests are signed with, and no private key', () => {
    const base64 = /X509Certificate>([^<]+)</.exec(metadata)?.[1]?.replace(/\s/g, '') ?? '';
    expect(new X509Certificate(Buffer.from(base64, 'base64')).subject).toBe('CN=Gatehouse');
    expect(metadata).not.toContain('PRIVATE');
  });
});

describe('The signature of a SAML response', () => {
  const unsigned = responseXml(trust);

  it.each(IDP_SHAPES)('verifies in the shape of %s, and its claims are read', async (name) => {
    const shape = idpShape(name, idp);
    const response = look(shape.response({ ...trust, idpEntityId: shape.entityId }));
    const signed = shape.sign.length === 2 ? 'both' : shape.sign[0] === 'Response' ? 'response' : 'assertion';
    const verified = await verifySignature({ ...settings, signed }, urls, response);
    const expectations = { ...trust, idpEntityId: shape.entityId, now: new Date() };
    const claims = claimsOf(judge(response, verified, expectations));
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
  ])('verifies when what is signed was written %s', async (_, rewrite) => {
    const written = signAssertion(unsigned, idp).replace(/<ds:SignedInfo>.*<\/ds:SignedInfo>/, rewrite);
    const canonical = look(written).assertionSignature?.canonicalSignedInfo ?? '';
    const value = createSign('sha256').update(canonical).sign(idp.privateKey, 'base64');
    const resigned = written.replace(/(<ds:SignatureValue>)[^<]*/, `$1${value}`);
    await expect(verify(resigned)).resolves.toBeDefined();
  });

  it('verifies with RSA-PSS and with SHA-512', async () => {
    for (const signatureAlgorithm of [
      'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
      'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    ]) {
      const digestAlgorithm = 'http://www.w3.org/2001/04/xmlenc#sha512';
      await expect(
        verify(signAssertion(unsigned, idp, { signatureAlgorithm, digestAlgorithm })),
      ).resolves.toBeDefined();
    }
  });

  it('costs strangers nothing much to fail, however large the document and many the certificates', async () => {
    const elements = '<saml:Attribute Name="x"/>'.repeat(1900);
    const large = unsigned.replace(
      '</saml:Assertion>',
      `<saml:AttributeStatement>${elements}</saml:AttributeStatement></saml:Assertion>`,
    );
    const response = look(signAssertion(large, stranger));
    const certificates = Array.from({ length: 10 }, () => idp.certificate);
    const start = process.hrtime.bigint();
    const refused = verifySignature({ ...settings, certificates }, urls, response);
    await expect(refused).rejects.toMatchObject({ code: 'saml_signature_invalid' });
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(300);
  });

  it('verifies with any certificate of the connection, also an expired one', async () => {
    const expired = signingKey({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') });
    const certificates = [stranger.certificate, expired.certificate];
    await expect(verify(signAssertion(unsigned, expired), { certificates })).resolves.toBeDefined();
  });

  it('does not verify with another key, whatever certificate the message shows', async () => {
    for (const shown of [idp, stranger]) {
      const forged = signAssertion(unsigned, { ...stranger, certificate: shown.certificate });
      await expect(verify(forged)).rejects.toMatchObject({ code: 'saml_signature_invalid' });
    }
  });

  it('does not verify once anything in the assertion has changed', async () => {
    const signed = signAssertion(unsigned, idp);
    for (const [from, to] of [
      ['ada@acme', 'eve@acme'],
      ['Version="2.0" IssueInstant="20', 'Version="2.0" IssueInstant="21'],
      ['Audience>', 'Audience> '],
    ] as const) {
      const at = signed.indexOf('<saml:Assertion');
      const tampered = signed.slice(0, at) + signed.slice(at).replace(from, to);
      expect(tampered).not.toBe(signed);
      await expect(verify(tampered)).rejects.toMatchObject({ code: 'saml_signature_invalid' });
    }
  });

  it('must be where the connection wants it', async () => {
    const [assertionOnly, responseOnly] = [signAssertion(unsigned, idp), signResponse(unsigned, idp)];
    const both = signResponse(assertionOnly, idp);
    const missing = { code: 'saml_signature_missing' };
    await expect(verify(unsigned)).rejects.toMatchObject(missing);
    await expect(verify(responseOnly)).rejects.toMatchObject(missing);
    await expect(verify(assertionOnly, { signed: 'response' })).rejects.toMatchObject(missing);
    await expect(verify(assertionOnly, { signed: 'both' })).rejects.toMatchObject(missing);
    await expect(verify(responseOnly, { signed: 'both' })).rejects.toMatchObject(missing);
    await expect(verify(assertionOnly)).resolves.toBeDefined();
    await expect(verify(responseOnly, { signed: 'response' })).resolves.toBeDefined();
    for (const signed of ['assertion', 'response', 'both'] as const)
      await expect(verify(both, { signed })).resolves.toBeDefined();
  });

  it('must verify even where it was not asked for', async () => {
    const outerByStranger = signResponse(signAssertion(unsigned, idp), stranger);
    await expect(verify(outerByStranger)).rejects.toMatchObject({ code: 'saml_signature_invalid' });
    const innerByStranger = signResponse(signAssertion(unsigned, stranger), idp);
    await expect(verify(innerByStranger, { signed: 'response' })).rejects.toMatchObject({
      code: 'saml_signature_invalid',
    });
  });
});
