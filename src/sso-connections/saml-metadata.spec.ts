import { bareBase64, signingKey } from '../../test/support/certificates';
import { IDP_SHAPES, idpShape } from '../../test/support/saml-documents';
import { MetadataRefused } from './metadata/metadata-refused';
import { parseIdpMetadata } from './saml-metadata';

const now = new Date('2026-11-22T12:00:00Z');
const terms = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2029-01-01T00:00:00Z') };
const [first, second] = [signingKey(terms), signingKey(terms)];

const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const key = (certificate: string, use = ' use="signing"') =>
  `<KeyDescriptor${use}><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${bareBase64(certificate)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`;
const sso = (binding: string, url: string) =>
  `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${url}"/>`;
const role = (content: string) =>
  `<IDPSSODescriptor protocolSupportEnumeration="${PROTOCOL}">${content}</IDPSSODescriptor>`;
const entity = (content: string, attributes = 'entityID="urn:idp"') =>
  `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ${attributes}>${content}</EntityDescriptor>`;
const usual = key(first.certificate) + sso('HTTP-Redirect', 'https://idp.test/sso');

function refusal(document: string | Uint8Array): string | undefined {
  try {
    parseIdpMetadata(document, now);
  } catch (error) {
    if (error instanceof MetadataRefused) return error.code;
    throw error;
  }
  return undefined;
}

describe('Metadata of an identity provider', () => {
  it.each(IDP_SHAPES)('is read in the shape of %s', (name) => {
    const shape = idpShape(name, first);
    const metadata = parseIdpMetadata(shape.metadata, now);
    expect(metadata.entityId).toBe(shape.entityId);
    expect(metadata.certificates).toEqual([first.certificate]);
    expect(metadata.ssoUrl).toMatch(/^https:\/\//);
  });

  it('may spell its addresses with what no header takes: they are kept as browsers send them', () => {
    const spelled = sso('HTTP-Redirect', 'https://idp.test/s&#10;so/é?x=日本');
    const { ssoUrl } = parseIdpMetadata(entity(role(key(first.certificate) + spelled)), now);
    expect(ssoUrl).toBe('https://idp.test/sso/%C3%A9?x=%E6%97%A5%E6%9C%AC');
  });

  it('may come as bytes with a byte order mark', () => {
    expect(parseIdpMetadata(Buffer.from(`\ufeff${entity(role(usual))}`), now).entityId).toBe('urn:idp');
  });

  it('tells where to log out, when it says so', () => {
    expect(parseIdpMetadata(idpShape('keycloak', first).metadata, now).sloUrl).toBe(
      'https://id.keycloak.test/realms/acme/protocol/saml',
    );
    expect(parseIdpMetadata(idpShape('google', first).metadata, now)).not.toHaveProperty('sloUrl');
  });

  it('tells every binding, where answers about logging out go, and whether requests must be signed', () => {
    const slo = (binding: string, more = '') =>
      `<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="https://idp.test/${binding}"${more}/>`;
    const read = (content: string, attributes = '') =>
      parseIdpMetadata(
        entity(role(content).replace('<IDPSSODescriptor', `<IDPSSODescriptor${attributes}`)),
        now,
      );
    const all = read(
      key(first.certificate) +
        slo('HTTP-POST') +
        slo('HTTP-Redirect', ' ResponseLocation="https://idp.test/done"') +
        sso('HTTP-POST', 'https://idp.test/p') +
        sso('HTTP-Redirect', 'https://idp.test/r'),
      ' WantAuthnRequestsSigned="true"',
    );
    expect(all).toMatchObject({
      ...{ ssoUrl: 'https://idp.test/r', ssoPostUrl: 'https://idp.test/p', wantsSignedRequests: true },
      ...{ sloUrl: 'https://idp.test/HTTP-Redirect', sloBinding: 'redirect' },
      sloResponseUrl: 'https://idp.test/done',
    });
    expect(read(usual + slo('HTTP-POST'))).toMatchObject({ sloBinding: 'post', wantsSignedRequests: false });
    expect(read(usual)).not.toHaveProperty('ssoPostUrl');
    expect(read(usual + slo('SOAP'))).not.toHaveProperty('sloUrl');
  });

  it('prefers the Redirect binding and says when there is only POST', () => {
    const both =
      key(first.certificate) +
      sso('HTTP-POST', 'https://idp.test/p') +
      sso('HTTP-Redirect', 'https://idp.test/r');
    expect(parseIdpMetadata(entity(role(both)), now)).toMatchObject({
      ssoUrl: 'https://idp.test/r',
      ssoBinding: 'redirect',
    });
    expect(parseIdpMetadata(idpShape('jumpcloud', first).metadata, now)).toMatchObject({
      ssoBinding: 'post',
      warnings: [{ code: 'sso_post_only' }],
    });
  });

  it.each([
    ['certificate_key_too_weak', key(signingKey({ bits: 1024 }).certificate)],
    ['certificate_unreadable', key(first.certificate).replace(bareBase64(first.certificate), 'AAAA')],
  ])('may hold one that is of no use beside a good one: %s is a warning then', (code, unusable) => {
    const keys = unusable + key(first.certificate) + sso('HTTP-POST', 'https://idp.test');
    const { certificates, warnings } = parseIdpMetadata(entity(role(keys)), now);
    expect(certificates).toEqual([first.certificate]);
    expect(warnings).toContainEqual({ code, detail: expect.stringMatching(/It is left out\.$/) as string });
  });

  it('may hold several certificates: every signing one counts once', () => {
    const keys =
      key(first.certificate) +
      key(second.certificate, '') +
      key(first.certificate) +
      key(signingKey().certificate, ' use="encryption"');
    const { certificates } = parseIdpMetadata(entity(role(keys + sso('HTTP-POST', 'https://idp.test'))), now);
    expect(certificates).toEqual([first.certificate, second.certificate]);
  });

  it.each([
    ['cacheDuration="PT1H2M3.5S"', '2026-11-22T13:02:03.500Z'],
    ['cacheDuration="P1DT1H"', '2026-11-23T13:00:00.000Z'],
    ['cacheDuration="P1M1D"', '2026-12-23T12:00:00.000Z'],
    ['validUntil="2026-11-25T00:00:00Z"', '2026-11-25T00:00:00.000Z'],
    ['cacheDuration="P1D" validUntil="2026-11-25T00:00:00Z"', '2026-11-23T12:00:00.000Z'],
    ['cacheDuration="P9D" validUntil="2026-11-25T00:00:00Z"', '2026-11-25T00:00:00.000Z'],
    ['cacheDuration="P3Y"', '2027-11-22T12:00:00.000Z'],
    ['cacheDuration="P1Y"', '2027-11-22T12:00:00.000Z'],
    ['cacheDuration="PT0S"', undefined],
    ['cacheDuration="soon" validUntil="later"', undefined],
    ['cacheDuration="-P1D"', undefined],
    ['cacheDuration="P1D and more"', undefined],
  ])('that says %s is fresh until %p, a year at most', (attributes, expected) => {
    const { freshUntil } = parseIdpMetadata(entity(role(usual), `entityID="urn:idp" ${attributes}`), now);
    expect(freshUntil?.toISOString()).toBe(expected);
  });

  it('warns of expiry without refusing', () => {
    const old = signingKey({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') });
    const { warnings } = parseIdpMetadata(
      entity(
        role(key(old.certificate) + sso('HTTP-Redirect', 'http://idp.test')),
        'entityID="urn:idp" validUntil="2021-01-01T00:00:00Z"',
      ),
      now,
    );
    expect(warnings.map(({ code }) => code)).toEqual([
      'certificate_expired',
      'metadata_expired',
      'sso_url_not_https',
    ]);
  });

  it.each([
    ['metadata_xml_malformed', 'not xml'],
    ['metadata_xml_malformed', ' '],
    ['metadata_xml_malformed', '<a>'],
    ['metadata_not_saml', '<html>'],
    ['metadata_not_saml', '<html/>'],
    ['metadata_not_saml', '<!DOCTYPE html><html lang="en"><br>Sign in'],
    [
      'metadata_not_saml',
      '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" ""><html/>',
    ],
    ['metadata_xml_doctype', `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${entity(role(usual))}`],
    ['metadata_xml_malformed', entity(role(usual), 'entityID="&e;"')],
    ['metadata_no_identity_provider', entity('<SPSSODescriptor/>')],
    [
      'metadata_no_identity_provider',
      entity(role(usual).replace(PROTOCOL, 'urn:oasis:names:tc:SAML:1.1:protocol')),
    ],
    ['metadata_no_entity_id', entity(role(usual), '')],
    ['metadata_no_certificate', entity(role(sso('HTTP-Redirect', 'https://idp.test')))],
    ['metadata_certificate_unreadable', entity(role(usual.replace(bareBase64(first.certificate), 'AAAA')))],
    [
      'metadata_certificate_key_too_weak',
      entity(role(key(signingKey({ bits: 1024 }).certificate) + sso('HTTP-POST', 'https://idp.test'))),
    ],
    ['metadata_no_sso_service', entity(role(key(first.certificate) + sso('SOAP', 'https://idp.test')))],
    ['metadata_url_invalid', entity(role(key(first.certificate) + sso('HTTP-POST', 'javascript:alert(1)')))],
    [
      'metadata_url_invalid',
      entity(role(key(first.certificate) + sso('HTTP-POST', 'https://user:pass@idp.test'))),
    ],
    ...['https://user@idp.test', 'https://:pass@idp.test', 'nowhere', 'ftp://idp.test'].map((url) => [
      'metadata_url_invalid',
      entity(role(key(first.certificate) + sso('HTTP-POST', url))),
    ]),
    [
      'metadata_several_identity_providers',
      `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${entity(role(usual))}${entity(role(usual))}</EntitiesDescriptor>`,
    ],
    ['metadata_too_large', `${entity(role(usual))}${' '.repeat(1024 * 1024)}`],
  ])('is refused as %p', (code, document) => {
    expect(refusal(document)).toBe(code);
  });
});
