import { bareBase64, ecSigningKey, signingKey } from '../../test/support/certificates';
import { CertificateRefused, readIdpCertificate } from './idp-certificate';

const now = new Date('2026-11-22T12:00:00Z');
const days = (count: number) => new Date(now.getTime() + count * 86_400_000);

/** Made once with openssl; their keys are gone. */
const EC_CERTIFICATE = [
  'MIIBbjCCARWgAwIBAgIUYTnVATQ6To48Wr39EmcPEw+dvFcwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCRUMwHhcNMjYxMTI0MTczMDAxWhcNND',
  'YwMTIzMTczMDAxWjANMQswCQYDVQQDDAJFQzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJN4kcsAShPXESrorFKbO0UWhA6JU7lcsuD5zFm5',
  'l70XGXfqp3joyYNHq2bnOa3pkOOh7YQnGetOgKEhGu7N6CujUzBRMB0GA1UdDgQWBBSq7baGiiPQHd5F6N554HfY1nhU2zAfBgNVHSMEGDAWgB',
  'Sq7baGiiPQHd5F6N554HfY1nhU2zAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCICHnvN+s/4MoR/qsH1ogN1Toc3DrYfBmKiwT',
  'WyXDmTu2AiBB9x97BLpaiYTwChLTi7QMa+jRh+E80TswZVM99iuPrw==',
].join('');
const ED25519_CERTIFICATE = [
  'MIIBLjCB4aADAgECAhQLmwy/EPDNlMYZVRWVDySQcVdnQjAFBgMrZXAwDTELMAkGA1UEAwwCRWQwHhcNMjYxMTI0MTczMDAxWhcNNDYwMTIzMTcz',
  'MDAxWjANMQswCQYDVQQDDAJFZDAqMAUGAytlcAMhAGxxLW+4GRA/5F0Yqc1dEBtVIQ4ZxGJpmCIbn4rgWtoZo1MwUTAdBgNVHQ4EFgQU/4pRIkd7',
  'Hu3ks4dy7KjV1yc66EwwHwYDVR0jBBgwFoAU/4pRIkd7Hu3ks4dy7KjV1yc66EwwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQCAkqM6H35GT1SH',
  'ZHct+cP5BNj1T3rOgalvDFxtYv6CLzJzLLYtOZwr9V8LGMdm0/t0Ny4OCv5vlCDGkfnvfjIL',
].join('');

const SHA1_CERTIFICATE = [
  'MIIC/TCCAeWgAwIBAgIUAaW1GWDg/m9cWGyueBVaJWn+F1UwDQYJKoZIhvcNAQEFBQAwDjEMMAoGA1UEAwwDT2xkMB4XDTI2MTEyNTE5MjcxMVoX',
  'DTQ2MDEyNDE5MjcxMVowDjEMMAoGA1UEAwwDT2xkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwFQ0/0hFIof327fxP3GgbgkOJ/wX',
  'tJBjfj2JwGPSEHDRfi4i1l4nK0l4GCbw/bpyGPOqD8vd/Q3L9m74SKfoWdYYrBO1ry76CmH+uF26YM6Jw0i+hrk595MXaTp0BfPTVSFSrs7oLf2r',
  'fuMC9mM4Iu2Lst7nrzKBJA+ueW+pFoDGvDj8tArEgYhgBD7vD6Lit9lBpS1vodhCr3sSOs8XNT9Kd7A2WpARiaiLkNZsL5NHreean64YfdZPCybf',
  'DoEm5/j/SVBo6tKs1g1QpGrOl9wqNkLOyv1znMZiofxMN8JB4EeSNVDxIB8mPGh9UHD8RoQuknBboMRirxEakeQ7YQIDAQABo1MwUTAdBgNVHQ4E',
  'FgQUzdq/+P70aAwFHBE+265P5RszrQkwHwYDVR0jBBgwFoAUzdq/+P70aAwFHBE+265P5RszrQkwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0B',
  'AQUFAAOCAQEAGUalE2LSzMHEuhMpXYFiKawDiCYvG+GThaZwvAc2Bx0Ua1//oiGyMw3cyKChgCJrzuozG45ZUSDQe3BQKsNeyeACnUfLkvFgEh7H',
  'LW7JJuHswSf2v3GUdNpgjJOZWfc2WId1otgAKK3le5ByWMSckMREn6bqhW8Rx6fUeMEeNIeKT8La+j38r+F+eDPM7GV2L/9ySqOcMyyGsv4VveFZ',
  'r0Rl2ObCiqHUoU/SXOS3ABlyQMCFXNos/gdt/VG+mvivz0oJ912FAed6ZN4gm9BAE2j/h28gx3okDbnbgXqWE/73L8ZBuqZ8+KvEQfHdvXu15qZZ',
  '5JZHp/PnAmPJRef+WA==',
].join('');

describe("An identity provider's certificate", () => {
  it('warns of one that is itself signed over SHA-1', () => {
    const { warnings, daysLeft } = readIdpCertificate(SHA1_CERTIFICATE, days(10));
    expect(warnings.map(({ code }) => code)).toEqual(['certificate_sha1_signature']);
    expect(daysLeft).toBeGreaterThan(6000);
  });

  const { certificate } = signingKey({ notBefore: days(-1), notAfter: days(400) });

  it.each([
    ['PEM', certificate],
    ['PEM with Windows line ends', certificate.replaceAll('\n', '\r\n')],
    ['bare Base64 in one line', bareBase64(certificate)],
    ['Base64 in lines with blanks around', `\n   ${bareBase64(certificate).replace(/(.{60})/g, '$1\n  ')}\n`],
  ])('is read from %s', (_, text) => {
    expect(readIdpCertificate(text, now)).toMatchObject({
      pem: certificate,
      subject: 'CN=Test identity provider',
      warnings: [],
    });
  });

  it.each([
    '',
    'hello',
    'AAAA',
    EC_CERTIFICATE.slice(8),
    '-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----',
  ])('is not %p', (text) => {
    expect(() => readIdpCertificate(text, now)).toThrow(CertificateRefused);
  });

  it('must hold an RSA key of 2048 bits or more', () => {
    const weak = signingKey({ bits: 1024 });
    expect(() => readIdpCertificate(weak.certificate, now)).toThrow(
      expect.objectContaining({ fault: 'certificate_key_too_weak' }),
    );
  });

  it('may hold a key on the curves that signatures are verified on; others come with a warning', async () => {
    expect(readIdpCertificate(EC_CERTIFICATE, new Date('2030-01-01')).warnings).toEqual([]);
    const { certificate: other } = await ecSigningKey('P-521');
    expect(readIdpCertificate(other, now).warnings.map(({ code }) => code)).toContain('certificate_ec_key');
  });

  it('may not hold a key of another kind', () => {
    expect(() => readIdpCertificate(ED25519_CERTIFICATE, now)).toThrow(
      expect.objectContaining({ fault: 'certificate_key_unsupported' }),
    );
  });

  it.each([
    ['certificate_expired', days(-30), days(-1)],
    ['certificate_expires_soon', days(-30), days(3)],
    ['certificate_not_yet_valid', days(1), days(30)],
  ])('comes with the warning %p where it is due', (code, notBefore, notAfter) => {
    const { warnings } = readIdpCertificate(signingKey({ notBefore, notAfter }).certificate, now);
    expect(warnings.map((warning) => warning.code)).toEqual([code]);
  });
});
