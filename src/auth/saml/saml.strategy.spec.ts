import { createPublicKey, createVerify, X509Certificate } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { signingKey } from '../../../test/support/certificates';
import { newId } from '../../../test/support/saml-documents';
import { Secret } from '../../crypto/secret';
import { serviceProviderAddresses } from '../../sso-connections/connection-urls';
import { requestUrl } from './saml.strategy';
import { type SamlSettings, ServiceProvider } from './service-provider';

const [idp, sp] = [signingKey(), signingKey({ commonName: 'Gatehouse' })];
const urls = serviceProviderAddresses('https://gatehouse.test', '0197aaaa-0000-7000-8000-000000000001');
const settings: SamlSettings = {
  entityId: 'https://idp.test',
  ssoUrl: 'https://idp.test/sso?idpid=C01',
  certificates: [idp.certificate],
  signed: 'assertion',
  spCertificate: sp.certificate,
  spPrivateKey: new Secret(sp.privateKey),
};

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
