import { signingKey } from '../../../../test/support/certificates';
import {
  newId,
  responseXml,
  signAssertion,
  signResponse,
  toBase64,
} from '../../../../test/support/saml-documents';
import { encryptAssertion, encrypted, type EncryptTerms } from '../../../../test/support/saml-encryption';
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
const signedAssertion = signAssertion(responseXml(trust, { now }), idp);

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
const encrypt = (terms?: EncryptTerms, xml = signedAssertion) =>
  encryptAssertion(xml, own.certificate, terms);

const instead = (element: string) =>
  signedAssertion.replace(/<saml:Assertion [^]*<\/saml:Assertion>/, () => element);
/** Encrypts the assertion of a response as it is written there, sound or not. */
function inside(xml: string, terms?: EncryptTerms): string {
  const assertion = /<saml:Assertion [^]*<\/saml:Assertion>/.exec(xml)?.[0] ?? '';
  const whole = assertion.replace('<saml:Assertion', `<saml:Assertion xmlns:saml="${SAML}"`);
  return instead(encrypted(whole, own.certificate, terms));
}

describe('An encrypted assertion', () => {
  it.each<[string, EncryptTerms]>([
    ['AES-128-GCM', { cipher: 'aes-128-gcm' }],
    ['AES-192-GCM', { cipher: 'aes-192-gcm' }],
    ['AES-256-GCM', { cipher: 'aes-256-gcm' }],
    ['RSA-OAEP with MGF1 as of 2002', { transport: 'oaep-mgf1p' }],
    ['RSA-OAEP as of 2002 with a SHA-256 digest', { transport: 'oaep-mgf1p', digest: 'sha256' }],
    ['RSA-OAEP with SHA-256 throughout', { transport: 'oaep', digest: 'sha256' }],
    ['RSA-OAEP with SHA-512 and a SHA-1 mask', { transport: 'oaep', digest: 'sha512', mask: 'sha1' }],
    ['the key beside the data', { keyPlace: 'beside' }],
    ['RSA-OAEP with SHA-384 throughout', { transport: 'oaep', digest: 'sha384' }],
    ['RSA-OAEP with a SHA-512 mask', { transport: 'oaep', digest: 'sha1', mask: 'sha512' }],
    ['RSA-OAEP with a label', { transport: 'oaep', digest: 'sha256', label: 'for us' }],
    [
      'RSA-OAEP with a label, of different hashes',
      { transport: 'oaep', digest: 'sha256', mask: 'sha1', label: 'for us' },
    ],
    ['several recipients', { alsoFor: [stranger.certificate] }],
    ['four recipients', { alsoFor: Array<string>(3).fill(stranger.certificate) }],
  ])('is opened: %s', (_, terms) => {
    expect(outcome(encrypt(terms))).toBe('ada@acme.test');
  });

  it('is opened with any key of the connection, as while keys are rolled over', () => {
    expect(outcome(encryptAssertion(signedAssertion, next.certificate))).toBe('ada@acme.test');
    expect(outcome(encryptAssertion(signedAssertion, stranger.certificate))).toBe('saml_decryption_failed');
    const none = { decryption: { keys: [], allowWeak: false } };
    expect(outcome(encrypt(), none)).toBe('saml_decryption_failed');
  });

  it.each<[string, EncryptTerms]>([
    ['AES-CBC', { cipher: 'aes-256-cbc' }],
    ['RSA 1.5', { transport: 'pkcs1' }],
    ['both', { cipher: 'aes-128-cbc', transport: 'pkcs1' }],
  ])('is opened with %s only where the connection allows it', (_, terms) => {
    expect(outcome(encrypt(terms))).toBe('saml_encryption_algorithm_refused');
    expect(outcome(encrypt(terms), {}, true)).toBe('ada@acme.test');
  });

  it('is opened with AES-CBC whatever its length, and so its padding', () => {
    for (let more = 0; more < 16; more += 1) {
      const nameId = `ada${'a'.repeat(more)}@acme.test`;
      const xml = signAssertion(responseXml(trust, { now, nameId }), idp);
      expect(outcome(encrypt({ cipher: 'aes-256-cbc' }, xml), {}, true)).toBe(nameId);
    }
  });

  it.each([
    ['content', /xmlenc11#aes256-gcm/, 'xmlenc11#aes257-gcm'],
    ['key transport', /xmlenc#rsa-oaep-mgf1p/, 'xmlenc#kw-aes256'],
  ])('is refused with an unknown algorithm for the %s, also where weak ones are allowed', (_, from, to) => {
    for (const allowWeak of [false, true])
      expect(outcome(encrypt().replace(from, to), {}, allowWeak)).toBe('saml_encryption_algorithm_refused');
  });

  it('needs a signature of its own: everybody may encrypt for us', () => {
    const unsigned = responseXml(trust, { now });
    expect(outcome(encrypt({}, unsigned))).toBe('saml_signature_missing');
    expect(outcome(encrypt({}, signAssertion(unsigned, stranger)))).toBe('saml_signature_invalid');
    // Signed around, but the connection wants the assertion signed.
    expect(outcome(signResponse(encrypt({}, unsigned), idp))).toBe('saml_signature_missing');
  });

  it('is vouched for by the response around it where the connection says so', () => {
    const around = signResponse(encrypt({}, responseXml(trust, { now })), idp);
    expect(outcome(around, { signed: 'response' })).toBe('ada@acme.test');
    const byStranger = signResponse(encrypt({}, responseXml(trust, { now })), stranger);
    expect(outcome(byStranger, { signed: 'response' })).toBe('saml_signature_invalid');
    const exchanged = around.replace(
      /<saml:EncryptedAssertion[^]*<\/saml:EncryptedAssertion>/,
      () => /<saml:EncryptedAssertion[^]*<\/saml:EncryptedAssertion>/.exec(encrypt())![0],
    );
    expect(outcome(exchanged, { signed: 'response' })).toBe('saml_signature_invalid');
  });

  it('may be signed inside and around, and then both must verify', () => {
    expect(outcome(signResponse(encrypt(), idp), { signed: 'both' })).toBe('ada@acme.test');
    expect(outcome(encrypt(), { signed: 'both' })).toBe('saml_signature_missing');
    expect(outcome(signResponse(encrypt(), stranger))).toBe('saml_signature_invalid');
  });

  it('answers nothing about where it failed, so that nobody can decrypt by asking', () => {
    const flip = (at: number) => (value: Buffer) => {
      value[at < 0 ? value.length + at : at]! ^= 1;
      return value;
    };
    const found = new Set<string>();
    for (const at of [0, 20, 40, 300, -40, -17, -1]) {
      found.add(outcome(encrypt({ tamper: flip(at) })));
      found.add(outcome(encrypt({ cipher: 'aes-256-cbc', tamper: flip(at) }), {}, true));
      found.add(outcome(encrypt({ cipher: 'aes-256-cbc', transport: 'pkcs1', tamper: flip(at) }), {}, true));
    }
    for (const tamper of [() => Buffer.alloc(0), (value: Buffer) => value.subarray(0, 20)])
      found.add(outcome(encrypt({ tamper })));
    // A content key of another length than the algorithm wants.
    found.add(outcome(encrypt().replace('aes256-gcm', 'aes128-gcm')));
    const wrongKey = encryptAssertion(signedAssertion, stranger.certificate, { transport: 'pkcs1' });
    found.add(outcome(wrongKey, {}, true));
    for (const forged of ['eve@acme.test', 'ada<!---->@acme.test']) {
      // Whoever can change the cipher text learns nothing from what it became either.
      const xml = signedAssertion.replace('ada@acme.test', forged);
      found.add(outcome(inside(xml, { cipher: 'aes-256-cbc' }), {}, true));
    }
    expect([...found]).toEqual(['saml_decryption_failed']);
  });

  it('says what is wrong with it where the response around it is signed: nobody else chose the cipher text', () => {
    const forged = signedAssertion.replace('ada@acme.test', 'ada<!---->@acme.test');
    const around = signResponse(inside(forged, { cipher: 'aes-256-cbc' }), idp);
    expect(outcome(around, { signed: 'response' }, true)).toBe('saml_xml_comment');
  });

  it('is looked at as strictly as any other once it is open', () => {
    const open = (...[from, to]: [string, string]) => outcome(inside(signedAssertion.replace(from, to)));
    expect(open('ada@acme.test', 'ada<!---->@acme.test')).toBe('saml_xml_comment');
    expect(open('<saml:Subject>', '<saml:Subject/><saml:Subject>')).toBe('saml_structure_invalid');
    expect(open('ada@acme.test', 'eve@acme.test')).toBe('saml_signature_invalid');
    expect(open('<saml:Subject>', '<saml:Advice><saml:Assertion/></saml:Advice><saml:Subject>')).toBe(
      'saml_multiple_assertions',
    );
    const signature = /<ds:Signature .*<\/ds:Signature>/.exec(signedAssertion)![0];
    expect(open('<saml:Subject>', `<saml:Subject>${signature}`)).toBe('saml_signature_misplaced');
  });

  it('is an assertion and nothing else', () => {
    for (const other of [`<saml:Subject xmlns:saml="${SAML}" ID="_1"/>`, '<x xmlns="urn:x" ID="_1"/>'])
      expect(outcome(instead(encrypted(other, own.certificate)))).toBe('saml_structure_invalid');
  });

  it('is the only assertion there is', () => {
    const two = encrypt().replace(/(<saml:EncryptedAssertion[^]*<\/saml:EncryptedAssertion>)/, '$1$1');
    expect(outcome(two)).toBe('saml_multiple_assertions');
    const beside = signedAssertion.replace(
      '</samlp:Response>',
      `${/<saml:EncryptedAssertion[^]*<\/saml:EncryptedAssertion>/.exec(encrypt())![0]}</samlp:Response>`,
    );
    expect(outcome(beside)).toBe('saml_multiple_assertions');
  });

  it.each([
    [
      'cipher text that lies elsewhere',
      /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/,
      '<xenc:CipherReference URI="https://evil.test"/>',
    ],
    ['no key', /<xenc:EncryptedKey[^]*<\/xenc:EncryptedKey>/, ''],
    ['many keys', /(<xenc:EncryptedKey[^]*<\/xenc:EncryptedKey>)/, '$1$1$1$1$1'],
    ['no algorithm', /<xenc:EncryptionMethod Algorithm="[^"]*gcm"\/>/, ''],
    ['a key without an algorithm', /<xenc:EncryptionMethod [^>]*rsa[^]*?<\/xenc:EncryptionMethod>/, ''],
    ['data twice', /(<xenc:EncryptedData[^]*<\/xenc:EncryptedData>)/, '$1$1'],
    ['no cipher text', /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/, ''],
    ['two cipher texts', /(<xenc:CipherValue>[^<]*<\/xenc:CipherValue>)/, '$1$1'],
    ['an element in the cipher text', /<xenc:CipherValue>/, '<xenc:CipherValue><xenc:x/>'],
  ])('is refused with %s', (_, from, to) => {
    expect(outcome(encrypt().replace(from, to))).toBe('saml_encryption_unsupported');
  });

  it('has its row in the verdict, with the algorithms', () => {
    const { checks, statement } = read(encrypt());
    expect(checks.find(({ id }) => id === 'decryption')).toMatchObject({
      ok: true,
      received: expect.stringMatching(/aes256-gcm with .*rsa-oaep-mgf1p/),
    });
    expect(statement).toMatchObject({ assertion: { encrypted: true }, subject: { nameId: 'ada@acme.test' } });
    expect(JSON.stringify(statement)).not.toMatch(/Cipher|PRIVATE|SignatureValue/);
  });
});
