import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignedXml } from 'xml-crypto';
import { bareBase64, signingKey } from '../../../../test/support/certificates';
import { parseIdpMetadata } from '../../../sso-connections/saml-metadata';
import { attribute, childrenOf, readStrictXml } from '../../../xml/strict-xml';
import { type ServiceProviderDescription, spMetadata } from './sp-metadata';

const MD = 'urn:oasis:names:tc:SAML:2.0:metadata';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XMLSEC = '/usr/bin/xmlsec1';
const LIMITS = { maxDepth: 10, maxElements: 100, maxAttributes: 100, comments: 'refuse' } as const;

const [active, next] = [signingKey({ commonName: 'Active' }), signingKey({ commonName: 'Next' })];
const signer = { ...active, privateKey: createPrivateKey(active.privateKey) };
const now = new Date('2026-11-22T12:00:00Z');
const description: ServiceProviderDescription = {
  id: '_0197aaaa000070008000000000000001',
  entityId: 'https://gatehouse.test/sso/saml/1/metadata',
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  sloUrl: 'https://gatehouse.test/sso/saml/1/slo',
  signingCertificates: [active.certificate, next.certificate],
  encryptionCertificate: active.certificate,
  signsRequests: true,
  wantsAssertionsSigned: true,
  nameIdFormats: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
};
const write = (changes: Partial<ServiceProviderDescription> = {}) =>
  spMetadata({ ...description, ...changes }, signer, now);

describe('The metadata of the service provider', () => {
  const xml = write();
  const root = readStrictXml(xml, LIMITS);
  const [role] = childrenOf(root, MD, 'SPSSODescriptor');

  it('names it, and says until when that holds', () => {
    expect(attribute(root, 'entityID')).toBe(description.entityId);
    expect(attribute(root, 'validUntil')).toBe('2027-11-22T00:00:00.000Z');
    expect(attribute(root, 'cacheDuration')).toBe('P1D');
    expect(root.children.map(({ local }) => local)).toEqual(['Signature', 'SPSSODescriptor']);
  });

  it('holds its parts in the order of the schema', () => {
    expect(role!.children.map(({ local }) => local)).toEqual([
      ...['KeyDescriptor', 'KeyDescriptor', 'KeyDescriptor'],
      ...['SingleLogoutService', 'SingleLogoutService', 'NameIDFormat', 'AssertionConsumerService'],
    ]);
    expect(attribute(role!, 'AuthnRequestsSigned')).toBe('true');
    expect(attribute(role!, 'WantAssertionsSigned')).toBe('true');
    const [acs] = childrenOf(role!, MD, 'AssertionConsumerService');
    expect(Object.fromEntries(acs!.attributes.map(({ name, value }) => [name, value]))).toEqual({
      Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
      Location: description.acsUrl,
      index: '0',
      isDefault: 'true',
    });
  });

  it('publishes every key for signing, and the active one for encryption with what we can open', () => {
    const keys = childrenOf(role!, MD, 'KeyDescriptor');
    expect(keys.map((key) => attribute(key, 'use'))).toEqual(['signing', 'signing', 'encryption']);
    const texts = keys
      .flatMap((key) => childrenOf(key, DS, 'KeyInfo'))
      .flatMap((info) => childrenOf(info, DS, 'X509Data'))
      .flatMap((data) => childrenOf(data, DS, 'X509Certificate'))
      .map(({ text }) => text);
    expect(texts).toEqual([active, next, active].map(({ certificate }) => bareBase64(certificate)));
    const methods = childrenOf(keys[2]!, MD, 'EncryptionMethod').map((each) => attribute(each, 'Algorithm'));
    expect(methods).toContain('http://www.w3.org/2009/xmlenc11#aes256-gcm');
    expect(methods.join()).not.toMatch(/cbc|rsa-1_5/);
    expect(xml).not.toContain('PRIVATE');
  });

  it('is the same all day, and says what the connection does', () => {
    expect(spMetadata(description, signer, new Date('2026-11-22T23:59:59Z'))).toBe(xml);
    expect(write({ signsRequests: false })).toContain('AuthnRequestsSigned="false"');
    expect(write({ wantsAssertionsSigned: false })).toContain('WantAssertionsSigned="false"');
  });

  it('is signed by the active key, as another implementation finds', () => {
    const signature = /<ds:Signature .*<\/ds:Signature>/.exec(xml)![0];
    const verify = (document: string, publicCert: string) => {
      const verifier = new SignedXml({ publicCert, getCertFromKeyInfo: () => null });
      verifier.loadSignature(signature);
      return verifier.checkSignature(document);
    };
    expect(verify(xml, active.certificate)).toBe(true);
    expect(() => verify(xml, next.certificate)).toThrow(/signature/);
    expect(verify(xml.replace('isDefault="true"', 'isDefault="false"'), active.certificate)).toBe(false);
  });

  (existsSync(XMLSEC) ? it : it.skip)('is signed by the active key, as xmlsec finds', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sp-metadata-'));
    try {
      const verify = (document: string) => {
        writeFileSync(join(folder, 'metadata.xml'), document);
        writeFileSync(join(folder, 'key.pem'), active.certificate);
        const options = [
          '--verify',
          '--id-attr:ID',
          `${MD}:EntityDescriptor`,
          '--pubkey-cert-pem',
          'key.pem',
        ];
        return execFileSync(XMLSEC, [...options, 'metadata.xml'], { cwd: folder, stdio: 'pipe' });
      };
      expect(() => verify(xml)).not.toThrow();
      expect(() => verify(xml.replace('index="0"', 'index="1"'))).toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is that of no identity provider', () => {
    expect(() => parseIdpMetadata(xml, now)).toThrow(
      expect.objectContaining({ code: 'metadata_no_identity_provider' }),
    );
  });
});
