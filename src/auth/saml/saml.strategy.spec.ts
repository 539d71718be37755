import { createPublicKey, createVerify, X509Certificate } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { SAML } from '@node-saml/node-saml';
import { SignedXml } from 'xml-crypto';
import { signingKey } from '../../../test/support/certificates';
import { newId } from '../../../test/support/saml-documents';
import { Secret } from '../../crypto/secret';
import { serviceProviderAddresses } from '../../sso-connections/connection-urls';
import { canonicalXml } from '../../xml/canonical-xml';
import { readStrictXml } from '../../xml/strict-xml';
import { requestForm, requestUrl } from './saml.strategy';
import type { SamlSettings } from './service-provider';

const [idp, sp] = [signingKey(), signingKey({ commonName: 'Gatehouse' })];
const urls = serviceProviderAddresses('https://gatehouse.test', '0197aaaa-0000-7000-8000-000000000001');
const settings: SamlSettings = {
  entityId: 'https://idp.test',
  ssoUrl: 'https://idp.test/sso?idpid=C01',
  certificates: [idp.certificate],
  signed: 'assertion',
  requestBinding: 'redirect',
  signRequests: true,
  forceAuthn: false,
  spCertificate: sp.certificate,
  spPrivateKey: new Secret(sp.privateKey),
};

class OtherImplementation extends SAML {
  request(): Promise<string> {
    return this.generateAuthorizeRequestAsync(false, false);
  }
}

/** The settings in the words of node-saml. */
function optionsOf({ forceAuthn, nameIdFormat, requestedAuthnContext: context }: SamlSettings): object {
  return {
    forceAuthn,
    ...(nameIdFormat && { identifierFormat: nameIdFormat }),
    ...(context && {
      disableRequestedAuthnContext: false,
      authnContext: [...context.classRefs],
      racComparison: context.comparison,
    }),
  };
}

const canonical = (xml: string): string =>
  canonicalXml(
    readStrictXml(xml.replace(/^<\?xml[^>]*>/, ''), {
      maxDepth: 9,
      maxElements: 99,
      maxAttributes: 99,
      comments: 'refuse',
    }),
  );

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

  it('asks for a new sign-in, and for ways to sign in, when the connection does', async () => {
    const [one, two] = ['urn:oasis:names:tc:SAML:2.0:ac:classes:X509', 'https://refeds.org/profile/mfa'];
    const { xml } = await open({
      forceAuthn: true,
      requestedAuthnContext: { classRefs: [one, two], comparison: 'minimum' },
    });
    expect(xml).toContain('ForceAuthn="true"');
    expect(xml).toMatch(/<samlp:RequestedAuthnContext [^>]*Comparison="minimum"/);
    for (const classRef of [one, two]) expect(xml).toContain(`>${classRef}</saml:AuthnContextClassRef>`);
    expect(xml).not.toContain('Subject');
    expect((await open()).xml).not.toContain('ForceAuthn');
  });

  it('is not signed when the connection sends them unsigned', async () => {
    const { url } = await open({ signRequests: false });
    expect([...url.searchParams.keys()].sort()).toEqual(['RelayState', 'SAMLRequest', 'idpid']);
  });

  it.each([
    ['plainly', {}],
    ['anew', { forceAuthn: true }],
    ['by a NameID of a format', { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' }],
    [
      'in one of several ways',
      {
        requestedAuthnContext: { classRefs: ['urn:a?b&c', 'https://mfa.test'], comparison: 'exact' as const },
      },
    ],
  ])('says the same as another implementation would, asking for a sign-in %s', async (_, changes) => {
    const now = new Date('2026-01-01T00:00:00.000Z');
    jest.useFakeTimers({ now });
    try {
      const other = new OtherImplementation({
        issuer: urls.entityId,
        callbackUrl: urls.acsUrl,
        entryPoint: settings.ssoUrl,
        idpCert: idp.certificate,
        identifierFormat: null,
        disableRequestedAuthnContext: true,
        generateUniqueId: () => request.id,
        ...optionsOf({ ...settings, ...changes }),
      });
      expect(canonical((await open(changes)).xml)).toBe(canonical(await other.request()));
    } finally {
      jest.useRealTimers();
    }
  });

  it('is posted where the identity provider takes posts, signed inside as another implementation finds', () => {
    const ssoPostUrl = 'https://idp.test/post?x=1';
    const posted = (changes: Partial<SamlSettings> = {}, loginHint?: string) =>
      requestForm({ ...settings, requestBinding: 'post', ssoPostUrl, ...changes }, urls, {
        ...request,
        loginHint,
      });
    const { action, fields } = posted({}, 'ada@acme.test');
    expect(action).toBe(`${ssoPostUrl}&login_hint=ada%40acme.test`);
    expect(fields.RelayState).toBe(request.relayState);
    const xml = Buffer.from(fields.SAMLRequest!, 'base64').toString();
    expect(xml).toContain(`Destination="${ssoPostUrl}"`);
    expect(xml).not.toContain('ada@acme.test');
    expect(xml).toMatch(/<\/saml:Issuer><ds:Signature /);
    const verifier = new SignedXml({ publicCert: sp.certificate, getCertFromKeyInfo: () => null });
    verifier.loadSignature(/<ds:Signature .*<\/ds:Signature>/.exec(xml)![0]);
    expect(verifier.checkSignature(xml)).toBe(true);
    expect(verifier.getSignedReferences()[0]).toContain(`ID="${request.id}"`);

    const unsigned = posted({ signRequests: false });
    expect(unsigned.action).toBe(ssoPostUrl);
    expect(Buffer.from(unsigned.fields.SAMLRequest!, 'base64').toString()).not.toContain('Signature');
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
