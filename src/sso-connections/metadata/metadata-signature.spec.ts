import { bareBase64, signingKey } from '../../../test/support/certificates';
import { idpMetadata } from '../../../test/support/provider-site';
import {
  federation,
  RSA_SHA1,
  SHA1,
  signMetadata,
  type SignTerms,
} from '../../../test/support/saml-documents';
import { everyElement, readStrictXml } from '../../xml/strict-xml';
import { parseIdpMetadata } from '../saml-metadata';
import { MetadataRefused } from './metadata-refused';
import { verifyMetadata } from './metadata-signature';

const now = new Date('2026-11-22T12:00:00Z');
const terms = { notBefore: new Date('2026-01-01'), notAfter: new Date('2029-01-01') };
const [publisher, stranger, idp, other] = [1, 2, 3, 4].map(() => signingKey(terms)) as [
  ReturnType<typeof signingKey>,
  ReturnType<typeof signingKey>,
  ReturnType<typeof signingKey>,
  ReturnType<typeof signingKey>,
];

const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const SIGNATURE = /<ds:Signature[\s\S]*<\/ds:Signature>/;

const LIMITS = { maxDepth: 10, maxElements: 100, maxAttributes: 100, comments: 'refuse' } as const;
const certificates = [publisher.certificate];
const plain = idpMetadata(idp.certificate);
const evil = idpMetadata(other.certificate);
const sign = (xml = plain, key = publisher, how?: SignTerms) => signMetadata(xml, key, how);
const read = (xml: string, more: { certificates?: string[]; entityId?: string } = { certificates }) =>
  parseIdpMetadata(xml, now, more);

function refusal(xml: string, more?: Parameters<typeof read>[1]): string | undefined {
  try {
    read(xml, more);
  } catch (error) {
    if (error instanceof MetadataRefused) return error.code;
    throw error;
  }
  return undefined;
}

const signed = sign();
const signature = SIGNATURE.exec(signed)![0];
const idOf = (xml: string): string => /ID="([^"]+)"/.exec(xml)![1]!;
const withoutDeclaration = (xml: string): string => xml.replace(/<\?xml[^>]*\?>\s*/, '');

describe('Signed metadata', () => {
  it('is read where one of the certificates signs it, and says which', () => {
    const metadata = read(signed, { certificates: [stranger.certificate, publisher.certificate] });
    expect(metadata).toMatchObject({
      entityId: 'https://idp.example/entity',
      certificates: [idp.certificate],
    });
    expect(metadata.signature).toMatchObject({ status: 'trusted', certificate: publisher.certificate });
  });

  it('need not show a certificate', () => {
    const bare = signed.replace(/<ds:KeyInfo>[\s\S]*<\/ds:KeyInfo>/, '');
    expect(read(bare).signature.status).toBe('trusted');
    expect(refusal(bare, { certificates: [stranger.certificate] })).toBe('metadata_signature_invalid');
  });

  it('is read out of what was signed, to which its signature does not belong', () => {
    const { root } = verifyMetadata(readStrictXml(signed, LIMITS), certificates);
    expect(everyElement(root).map(({ local }) => local)).not.toContain('Signature');
  });

  it('may hold comments and entities of its own that are signed too', () => {
    const commented = plain.replace('<IDPSSODescriptor', '<!-- production --><IDPSSODescriptor');
    expect(read(sign(commented)).certificates).toEqual([idp.certificate]);
    const entities = [sign(plain, stranger), idpMetadata(other.certificate, 'urn:two')];
    const metadata = read(sign(federation(entities)), { certificates, entityId: 'urn:two' });
    expect(metadata.certificates).toEqual([other.certificate]);
  });

  it.each<[string, string, () => string]>([
    ['metadata_unsigned', 'not signed at all', () => plain],
    ['metadata_unsigned', 'stripped of its signature', () => signed.replace(SIGNATURE, '')],
    ['metadata_signature_invalid', 'signed by somebody else', () => sign(plain, stranger)],
    [
      'metadata_signature_invalid',
      'signed by somebody else who shows the right certificate',
      () => sign(plain, stranger, { shown: publisher }),
    ],
    [
      'metadata_signature_invalid',
      'changed in a URL',
      () => signed.replace('https://idp.example/sso', 'https://evil.example/sso'),
    ],
    [
      'metadata_signature_invalid',
      'changed in a certificate',
      () => signed.replace(bareBase64(idp.certificate), bareBase64(other.certificate)),
    ],
    [
      'metadata_signature_invalid',
      'given one more key',
      () => signed.replace(/<KeyDescriptor/, `${/<KeyDescriptor[\s\S]*<\/KeyDescriptor>/.exec(evil)![0]}$&`),
    ],
    [
      'metadata_signature_algorithm_refused',
      'signed over SHA-1',
      () => sign(plain, publisher, { signatureAlgorithm: RSA_SHA1 }),
    ],
    [
      'metadata_signature_algorithm_refused',
      'digested by SHA-1',
      () => sign(plain, publisher, { digestAlgorithm: SHA1 }),
    ],
    [
      'metadata_signature_transform_refused',
      'canonicalised inclusively',
      () => sign(plain, publisher, { transforms: [ENVELOPED, C14N] }),
    ],
    [
      'metadata_signature_transform_refused',
      'signed with transforms in another order',
      () => sign(plain, publisher, { transforms: [EXC_C14N, ENVELOPED] }),
    ],
    [
      'metadata_signature_malformed',
      'signed without exclusive canonicalization',
      () => sign(plain, publisher, { transforms: [ENVELOPED] }),
    ],
    [
      'metadata_signature_malformed',
      'signed by two references',
      () => signed.replace(/<ds:Reference [\s\S]*<\/ds:Reference>/, '$&$&'),
    ],
    [
      'metadata_signature_malformed',
      'signed by a reference to the whole document',
      () => signed.replace(/<ds:Reference URI="[^"]*"/, '<ds:Reference URI=""'),
    ],
    [
      'metadata_signature_malformed',
      'wrapped: the signed document inside the signature of another',
      () => {
        const wrapped = signature.replace(
          '</ds:Signature>',
          `<ds:Object>${withoutDeclaration(signed.replace(SIGNATURE, ''))}</ds:Object></ds:Signature>`,
        );
        return evil.replace('<IDPSSODescriptor', `${wrapped}<IDPSSODescriptor`);
      },
    ],
    [
      'metadata_signature_malformed',
      'wrapped: the signed document in the extensions of another that holds its signature',
      () =>
        evil
          .replace('<EntityDescriptor', '<EntityDescriptor ID="_evil"')
          .replace(
            '<IDPSSODescriptor',
            `${signature}<Extensions>${withoutDeclaration(signed.replace(SIGNATURE, ''))}</Extensions><IDPSSODescriptor`,
          ),
    ],
    [
      'metadata_duplicate_id',
      'wrapped: the same under the ID of the signed one',
      () =>
        evil
          .replace('<EntityDescriptor', `<EntityDescriptor ID="${idOf(signed)}"`)
          .replace(
            '<IDPSSODescriptor',
            `${signature}<Extensions>${withoutDeclaration(signed.replace(SIGNATURE, ''))}</Extensions><IDPSSODescriptor`,
          ),
    ],
    ...['id', 'Id', 'xml:id'].map((name): [string, string, () => string] => [
      'metadata_duplicate_id',
      `giving its ID to a second element as ${name}`,
      () =>
        sign(
          plain
            .replace('<EntityDescriptor', '<EntityDescriptor ID="_one"')
            .replace('<IDPSSODescriptor', `<IDPSSODescriptor ${name}="_one"`),
        ),
    ]),
    [
      'metadata_unsigned',
      'wrapped: the signed document beside another in a federation that is not signed',
      () => federation([evil, signed]),
    ],
    [
      'metadata_signature_misplaced',
      'signed somewhere else than directly in the root',
      () => signed.replace(SIGNATURE, (all) => `<Extensions>${all}</Extensions>`),
    ],
    ['metadata_signature_misplaced', 'signed twice', () => signed.replace(SIGNATURE, '$&$&')],
    [
      'metadata_structure_invalid',
      'holding a namesake of a descriptor',
      () => sign(plain.replace('<IDPSSODescriptor', '<EntityDescriptor xmlns="urn:x"/><IDPSSODescriptor')),
    ],
  ])('is refused as %s when it is %s', (code, _, document) => {
    expect(refusal(document())).toBe(code);
  });

  it.each([
    [
      'itself',
      () => sign(plain.replace('<EntityDescriptor', '<EntityDescriptor validUntil="2026-11-22T11:59:59Z"')),
    ],
    ['the federation', () => sign(federation([plain], ' validUntil="2026-11-22T11:59:59Z"'))],
  ])('is refused once its time is over, as %s says', (_, document) => {
    expect(refusal(document())).toBe('metadata_expired');
    const { warnings } = read(document(), {});
    expect(warnings.map(({ code }) => code)).toContain('metadata_expired');
  });
});

describe('Metadata that nobody wants signed', () => {
  const glance = (xml: string) => read(xml, {}).signature;

  it('says whether it is, by which certificate, and that this proves nothing', () => {
    expect(glance(plain)).toEqual({ status: 'none', detail: 'The metadata is not signed.' });
    const found = glance(sign(plain, stranger));
    expect(found).toMatchObject({ status: 'embedded', certificate: stranger.certificate });
    expect(found.detail).toContain('proves nothing');
  });

  it.each([
    ['changed', signed.replace('idp.example/sso', 'evil.example/sso')],
    ['signed over SHA-1', sign(plain, publisher, { signatureAlgorithm: RSA_SHA1 })],
    ['signed by nobody knows whom', signed.replace(/<ds:KeyInfo>[\s\S]*<\/ds:KeyInfo>/, '')],
  ])('is read with a warning when it was %s', (_, xml) => {
    const { signature: found, warnings, entityId } = read(xml, {});
    expect(entityId).toBe('https://idp.example/entity');
    expect(found.status).toBe('unverified');
    expect(warnings).toEqual([{ code: 'metadata_signature_unverified', detail: found.detail }]);
  });
});

describe('Metadata of a federation', () => {
  const two = federation([plain, idpMetadata(other.certificate, 'urn:two')]);

  it('is read for the identity provider that is named', () => {
    expect(read(two, { entityId: 'urn:two' })).toMatchObject({
      entityId: 'urn:two',
      certificates: [other.certificate],
    });
    expect(refusal(two, {})).toBe('metadata_several_identity_providers');
    expect(refusal(two, { entityId: 'urn:three' })).toBe('metadata_entity_not_found');
    expect(refusal(federation([two, plain]), { entityId: 'https://idp.example/entity' })).toBe(
      'metadata_entity_not_found',
    );
  });
});
