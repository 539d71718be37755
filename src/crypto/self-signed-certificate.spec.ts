import { createPrivateKey, generateKeyPairSync, sign, verify, X509Certificate } from 'node:crypto';
import { certify, createSelfSignedCertificate } from './self-signed-certificate';

describe('A self-signed certificate', () => {
  const terms = {
    commonName: 'Gatehouse · Acme',
    notBefore: new Date('2026-01-02T03:04:05.678Z'),
    notAfter: new Date('2036-01-02T03:04:05Z'),
  };

  it('is signed by its own key, which is RSA of 2048 bits', async () => {
    const made = await createSelfSignedCertificate(terms);
    const certificate = new X509Certificate(made.certificate);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.checkPrivateKey(createPrivateKey(made.privateKey))).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  });

  it('says whose it is, how long it holds and that it signs nothing but messages', async () => {
    const { certificate } = await createSelfSignedCertificate(terms);
    const read = new X509Certificate(certificate);
    expect(read.subject).toBe('CN=Gatehouse · Acme');
    expect(new Date(read.validFrom)).toEqual(new Date('2026-01-02T03:04:05Z'));
    expect(new Date(read.validTo)).toEqual(terms.notAfter);
    expect(read.ca).toBe(false);
  });

  it('may hold beyond the year 2049, where the encoding of time changes', async () => {
    const notAfter = new Date('2050-01-01T00:00:00Z');
    const { certificate } = await createSelfSignedCertificate({ ...terms, notAfter });
    expect(new Date(new X509Certificate(certificate).validTo)).toEqual(notAfter);
  });

  it('carries a serial number of its own each time', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const serials = Array.from(
      { length: 20 },
      () => new X509Certificate(certify(privateKey, terms)).serialNumber,
    );
    expect(new Set(serials).size).toBe(20);
  });

  it('comes with a key that signs what the certificate verifies', async () => {
    const made = await createSelfSignedCertificate(terms);
    const message = Buffer.from('SAMLRequest=…');
    const signature = sign('sha256', message, made.privateKey);
    expect(verify('sha256', message, new X509Certificate(made.certificate).publicKey, signature)).toBe(true);
  });

  it('is made for RSA keys alone', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => certify(privateKey, terms)).toThrow('RSA');
  });
});
