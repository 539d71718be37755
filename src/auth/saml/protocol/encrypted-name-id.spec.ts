import { signingKey } from '../../../../test/support/certificates';
import {
  newId,
  responseXml,
  type ResponseTerms,
  signAll,
  toBase64,
} from '../../../../test/support/saml-documents';
import {
  encryptAssertion,
  encryptedElement,
  type EncryptTerms,
} from '../../../../test/support/saml-encryption';
import { examine, type ExaminationTerms } from './examination';
import { SAML } from './vocabulary';

const [idp, own, next, stranger] = [signingKey(), signingKey(), signingKey(), signingKey()];
const trust = {
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  spEntityId: 'https://gatehouse.test/sso/saml/1/metadata',
  idpEntityId: 'https://idp.test',
  requestId: newId(),
};
const now = new Date();
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

const nameId = (text = 'ada-1815', format = PERSISTENT): string =>
  `<saml:NameID xmlns:saml="${SAML}" Format="${format}" SPNameQualifier="${trust.spEntityId}">${text}</saml:NameID>`;
const encryptedId = (content = nameId(), terms?: EncryptTerms, pem = own.certificate): string =>
  encryptedElement('EncryptedID', content, pem, terms);

/** A response, not signed yet, whose subject is named by this. */
const about = (names: string, changes: Partial<ResponseTerms> = {}): string =>
  responseXml(trust, { now, nameId: null, ...changes }).replace('<saml:Subject>', `<saml:Subject>${names}`);
const signed = (xml: string): string => signAll(xml, ['Assertion'], idp);

function read(xml: string, changes: Partial<ExaminationTerms> = {}, allowWeak = false) {
  const terms: ExaminationTerms = {
    ...{ ...trust, now, certificates: [idp.certificate], signed: 'assertion' },
    decryption: { keys: [next.privateKey, own.privateKey], allowWeak },
    ...changes,
  };
  const found = examine({ samlResponse: toBase64(xml) }, terms);
  expect(found.claims === undefined).toBe(found.refusal !== undefined);
  return found;
}
const outcome = (...args: Parameters<typeof read>): string => {
  const { claims, refusal } = read(...args);
  return claims?.nameId ?? refusal?.code ?? '';
};

describe('A NameID that is encrypted by itself (SAML Core section 2.2.4)', () => {
  it('is read with all that belongs to it', () => {
    expect(read(signed(about(encryptedId()))).claims).toMatchObject({
      nameId: 'ada-1815',
      nameIdFormat: PERSISTENT,
      spNameQualifier: trust.spEntityId,
    });
  });

  it('is read in an assertion that is signed, in a response that is signed, and in both', () => {
    const xml = about(encryptedId());
    expect(outcome(signAll(xml, ['Response'], idp), { signed: 'response' })).toBe('ada-1815');
    expect(outcome(signAll(xml, ['Assertion', 'Response'], idp), { signed: 'both' })).toBe('ada-1815');
  });

  it('is read in an assertion that is encrypted as well', () => {
    for (const terms of [{}, { cipher: 'aes-256-cbc' } as const]) {
      const xml = encryptAssertion(signed(about(encryptedId())), own.certificate, terms);
      expect(outcome(xml, {}, true)).toBe('ada-1815');
    }
  });

  it('is read with any key of the connection, wherever its own key stands', () => {
    expect(outcome(signed(about(encryptedId(nameId(), {}, next.certificate))))).toBe('ada-1815');
    expect(outcome(signed(about(encryptedId(nameId(), { keyPlace: 'beside' }))))).toBe('ada-1815');
    const foreign = signed(about(encryptedId(nameId(), {}, stranger.certificate)));
    expect(outcome(foreign)).toBe('saml_decryption_failed');
    expect(outcome(foreign, { decryption: { keys: [], allowWeak: true } })).toBe('saml_decryption_failed');
  });

  it.each<[string, EncryptTerms]>([
    ['AES-CBC', { cipher: 'aes-256-cbc' }],
    ['RSA 1.5', { transport: 'pkcs1' }],
  ])('is read with %s only where the connection allows it', (_, terms) => {
    const xml = signed(about(encryptedId(nameId(), terms)));
    expect(outcome(xml)).toBe('saml_encryption_algorithm_refused');
    expect(outcome(xml, {}, true)).toBe('ada-1815');
  });

  it('is not looked at before the signature over it is verified', () => {
    const xml = signed(about(encryptedId()));
    const exchanged = xml.replace(/<saml:EncryptedID[^]*<\/saml:EncryptedID>/, () =>
      encryptedId(nameId('eve')),
    );
    for (const forged of [
      exchanged,
      about(encryptedId()),
      signAll(about(encryptedId()), ['Assertion'], stranger),
    ]) {
      const { refusal, checks, subject } = read(forged);
      expect(refusal?.code).toMatch(/^saml_signature_(invalid|missing)$/);
      expect(checks.map(({ id }) => id)).not.toContain('name_id_decryption');
      expect(subject).toBeUndefined();
    }
  });

  it('is held to what any NameID is held to', () => {
    const named = (...content: Parameters<typeof nameId>) =>
      outcome(signed(about(encryptedId(nameId(...content)))));
    expect(named('x', TRANSIENT)).toBe('saml_name_id_transient');
    expect(named(' ada ')).toBe('saml_subject_invalid');
    expect(named('')).toBe('saml_subject_invalid');
    expect(named('ada<!---->@acme.test')).toBe('saml_xml_comment');
    expect(outcome(signed(about(encryptedId(), { audience: 'urn:other' })))).toBe('saml_audience_mismatch');
  });

  it('is a NameID and nothing else', () => {
    for (const other of [
      `<saml:BaseID xmlns:saml="${SAML}"/>`,
      `<saml:Assertion xmlns:saml="${SAML}" ID="_1"/>`,
      '<NameID>ada</NameID>',
      `<saml:NameID xmlns:saml="${SAML}">a<b/></saml:NameID>`,
    ])
      expect(outcome(signed(about(encryptedId(other))))).toBe('saml_structure_invalid');
    expect(outcome(signed(about(encryptedId('ada'))))).toBe('saml_xml_malformed');
    expect(outcome(signed(about(encryptedId(nameId().replace(/ xmlns:saml="[^"]*"/, '')))))).toBe(
      'saml_xml_malformed',
    );
  });

  it.each([
    ['beside another NameID', () => about(nameId() + encryptedId())],
    ['twice', () => about(encryptedId() + encryptedId())],
    [
      'in the confirmation of the subject',
      () => about(nameId()).replace(/(<saml:SubjectConfirmation [^>]*>)/, (start) => start + encryptedId()),
    ],
    [
      'outside the subject',
      () => about(nameId()).replace('</saml:Issuer><saml:Subject>', (all) => all + encryptedId()),
    ],
    [
      'without a cipher text',
      () => about(encryptedId().replace(/<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/, '')),
    ],
    [
      'with a cipher text that lies elsewhere',
      () =>
        about(
          encryptedId().replace(
            /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/,
            '<xenc:CipherReference URI="https://evil.test"/>',
          ),
        ),
    ],
    [
      'for too many',
      () => about(encryptedId(nameId(), { alsoFor: Array<string>(4).fill(next.certificate) })),
    ],
  ])('is refused %s', (_, make) => {
    const { refusal, checks } = read(signed(make()));
    expect(refusal?.code).toBe('saml_encryption_unsupported');
    expect(checks.at(-1)).toMatchObject({ id: 'preflight', ok: false, code: refusal?.code });
  });

  it('has its row in the verdict, with the algorithms, and no more than that in the record', () => {
    const { checks, statement, subject } = read(signed(about(encryptedId())));
    const row = expect.objectContaining({
      ok: true,
      received: expect.stringMatching(/aes256-gcm with .*rsa-oaep-mgf1p/),
    });
    expect(checks.find(({ id }) => id === 'name_id_decryption')).toEqual(row);
    expect(subject).toBe('ada-1815');
    expect(JSON.stringify(statement)).not.toMatch(/Cipher|PRIVATE/);
    const weak = read(signed(about(encryptedId(nameId(), { transport: 'pkcs1' }))));
    expect(weak.checks.find(({ ok }) => !ok)).toMatchObject({
      id: 'name_id_decryption',
      code: 'saml_encryption_algorithm_refused',
      received: expect.stringContaining('rsa-1_5'),
    });
  });
});
