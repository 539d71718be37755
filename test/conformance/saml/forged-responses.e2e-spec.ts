import { createHmac } from 'node:crypto';
import { Browser } from '../../support/browser';
import { bareBase64, type SigningKey, signingKey } from '../../support/certificates';
import {
  responseXml,
  RSA_SHA1,
  SHA1,
  signAssertion,
  signResponse,
  toBase64,
  type Trust,
} from '../../support/saml-documents';
import { SIGNATURE_WRAPPINGS, withNamesake } from '../../support/saml-forgeries';
import { SamlScene } from '../../support/saml-sign-in';

/** A case: what makes the response wrong, the code it must be refused with, and how it is made. */
type Forgery = [what: string, code: string, make: (trust: Trust, key: SigningKey) => string];

const stranger = signingKey();
const signed = (trust: Trust, key: SigningKey): string => signAssertion(responseXml(trust), key);
const within = (xml: string, from: string | RegExp, to: string): string => {
  const changed = xml.replace(from, to);
  if (changed === xml) throw new Error(`Nothing to replace: ${from}`);
  return changed;
};

const SIGNATURES: Forgery[] = [
  ['without any signature', 'saml_signature_missing', (trust) => responseXml(trust)],
  [
    'with the signature stripped',
    'saml_signature_missing',
    (trust, key) => within(signed(trust, key), /<ds:Signature [^]*<\/ds:Signature>/, ''),
  ],
  [
    'with a signature of the response alone',
    'saml_signature_missing',
    (trust, key) => signResponse(responseXml(trust), key),
  ],
  [
    'with a tampered subject',
    'saml_signature_invalid',
    (trust, key) => within(signed(trust, key), 'ada@acme.test', 'eve@acme.test'),
  ],
  [
    'with a tampered attribute',
    'saml_signature_invalid',
    (trust, key) =>
      within(
        signAssertion(responseXml(trust, { attributes: { groups: ['viewers'] } }), key),
        'viewers',
        'admins',
      ),
  ],
  [
    'with a tampered end',
    'saml_signature_invalid',
    (trust, key) => within(signed(trust, key), /(<saml:Conditions[^>]*NotOnOrAfter=")\d{4}/, '$12999'),
  ],
  [
    'with a tampered digest',
    'saml_signature_invalid',
    (trust, key) => within(signed(trust, key), /<ds:DigestValue>[^<]{4}/, '<ds:DigestValue>AAAA'),
  ],
  [
    'with a tampered signature value',
    'saml_signature_invalid',
    (trust, key) => within(signed(trust, key), /<ds:SignatureValue>[^<]{4}/, '<ds:SignatureValue>AAAA'),
  ],
  [
    'with an empty signature value',
    'saml_signature_invalid',
    (trust, key) => within(signed(trust, key), /<ds:SignatureValue>[^<]*/, '<ds:SignatureValue>'),
  ],
  ['signed by a stranger', 'saml_signature_invalid', (trust) => signed(trust, stranger)],
  [
    'signed by a stranger who shows the right certificate',
    'saml_signature_invalid',
    (trust, key) => signAssertion(responseXml(trust), stranger, { shown: key }),
  ],
  [
    'signed by a stranger inside a response signed by the right key',
    'saml_signature_invalid',
    (trust, key) => signResponse(signAssertion(responseXml(trust), stranger), key),
  ],
  [
    'signed well inside a response signed by a stranger',
    'saml_signature_invalid',
    (trust, key) => signResponse(signAssertion(responseXml(trust), key), stranger),
  ],
  [
    'signed with RSA-SHA1',
    'saml_signature_algorithm_refused',
    (trust, key) => signAssertion(responseXml(trust), key, { signatureAlgorithm: RSA_SHA1 }),
  ],
  [
    'with SHA-1 digests',
    'saml_signature_algorithm_refused',
    (trust, key) => signAssertion(responseXml(trust), key, { digestAlgorithm: SHA1 }),
  ],
  [
    'with an HMAC keyed with the certificate everybody knows',
    'saml_signature_algorithm_refused',
    (trust, key) => {
      const xml = within(signed(trust, key), '2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#hmac-sha1');
      const mac = createHmac('sha1', bareBase64(key.certificate)).update(xml).digest('base64');
      return within(xml, /<ds:SignatureValue>[^<]*/, `<ds:SignatureValue>${mac}`);
    },
  ],
  [
    'with an XSLT transform',
    'saml_signature_transform_refused',
    (trust, key) =>
      within(
        signed(trust, key),
        'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
        'http://www.w3.org/TR/1999/REC-xslt-19991116',
      ),
  ],
  [
    'with a reference to everything',
    'saml_signature_malformed',
    (trust, key) => within(signed(trust, key), /URI="#[^"]+"/, 'URI=""'),
  ],
  [
    'with a reference to somewhere else',
    'saml_signature_malformed',
    (trust, key) => within(signed(trust, key), /URI="#[^"]+"/, 'URI="#elsewhere"'),
  ],
  [
    'with the signature moved into the subject',
    'saml_signature_misplaced',
    (trust, key) => {
      const xml = signed(trust, key);
      const signature = /<ds:Signature [^]*<\/ds:Signature>/.exec(xml)?.[0] ?? '';
      return within(within(xml, signature, ''), '<saml:Subject>', `<saml:Subject>${signature}`);
    },
  ],
];

const DOCUMENTS: Forgery[] = [
  ['with a DOCTYPE', 'saml_xml_doctype', (trust, key) => `<!DOCTYPE r>${signed(trust, key)}`],
  [
    'with an external entity',
    'saml_xml_doctype',
    (trust, key) =>
      `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${within(signed(trust, key), 'ada@acme.test', '&x;')}`,
  ],
  [
    'with a billion laughs',
    'saml_xml_doctype',
    (trust, key) =>
      `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>${within(signed(trust, key), 'ada@acme.test', '&c;')}`,
  ],
  [
    'with a comment in the NameID',
    'saml_xml_comment',
    (trust, key) =>
      within(
        signAssertion(responseXml(trust, { nameId: 'ada@acme.test.evil.test' }), key),
        'ada@acme.test.evil.test',
        'ada@acme.test<!---->.evil.test',
      ),
  ],
  [
    'with a comment in the digest',
    'saml_xml_comment',
    (trust, key) => within(signed(trust, key), '<ds:DigestValue>', '<ds:DigestValue><!--x-->'),
  ],
  [
    'with CDATA',
    'saml_xml_cdata',
    (trust, key) => within(signed(trust, key), 'ada@acme.test', '<![CDATA[ada@acme.test]]>'),
  ],
  [
    'with a processing instruction',
    'saml_xml_processing_instruction',
    (trust, key) => within(signed(trust, key), 'ada@acme.test', 'ada<?x?>@acme.test'),
  ],
  ['that is no XML', 'saml_xml_malformed', () => 'SAMLResponse'],
  ['that is cut off', 'saml_xml_malformed', (trust, key) => signed(trust, key).slice(0, -20)],
  [
    'of another encoding',
    'saml_xml_encoding',
    (trust, key) => `<?xml version="1.0" encoding="UTF-7"?>${signed(trust, key)}`,
  ],
  [
    'with something else at its root',
    'saml_root_unexpected',
    () => '<html xmlns="http://www.w3.org/1999/xhtml"/>',
  ],
  [
    'nested a hundred levels deep',
    'saml_xml_too_deep',
    (trust, key) =>
      within(
        signed(trust, key),
        '<saml:Subject>',
        `<saml:Subject>${'<saml:x>'.repeat(100)}${'</saml:x>'.repeat(100)}`,
      ),
  ],
  [
    'of three thousand elements',
    'saml_xml_too_many_elements',
    (trust, key) => within(signed(trust, key), '<saml:Subject>', `<saml:Subject>${'<saml:x/>'.repeat(3000)}`),
  ],
  [
    'larger than 256 KiB',
    'saml_response_too_large',
    (trust, key) => signAssertion(responseXml(trust, { attributes: { a: ['x'.repeat(300_000)] } }), key),
  ],
  [
    'with two assertions, both signed',
    'saml_multiple_assertions',
    (trust, key) => {
      const second = /<saml:Assertion [^]*<\/saml:Assertion>/.exec(signed(trust, key))?.[0] ?? '';
      return within(signed(trust, key), '</samlp:Response>', `${second}</samlp:Response>`);
    },
  ],
  [
    'with a namesake of the assertion in another namespace',
    'saml_structure_invalid',
    (trust, key) => withNamesake(signed(trust, key)),
  ],
  [
    'with an encrypted assertion',
    'saml_encryption_unsupported',
    (trust) => responseXml(trust, { assertion: false, afterAssertion: '<saml:EncryptedAssertion/>' }),
  ],
  [
    'with one ID for two elements',
    'saml_duplicate_id',
    (trust, key) =>
      signAssertion(responseXml(trust, { responseId: '_same', assertionId: '_same' }), key).replaceAll(
        '_same',
        '_same',
      ),
  ],
];

describe('A forged SAML response is refused, and recorded with the same code', () => {
  let scene: SamlScene;

  beforeAll(async () => {
    scene = await SamlScene.start();
  });

  afterAll(() => scene?.close());

  /** What a sign-in may leave in the database. */
  const traces = () =>
    scene.app.sql(
      `select (select count(*) from members)::int as members, (select count(*) from identities)::int as identities,
              (select count(*) from sessions)::int as sessions, (select count(*) from sign_in_codes)::int as codes,
              (select count(*) from saml_replays)::int as used`,
    );

  it.each([...SIGNATURES, ...DOCUMENTS])('%s: %s', async (_, code, make) => {
    const pending = await scene.begin();
    const before = await traces();
    const page = await scene.post(pending, make(pending.trust, scene.key));
    const refusal = await scene.refusal(page);
    expect(refusal.code).toBe(code);
    expect(refusal.status).toBeGreaterThanOrEqual(400);
    expect(refusal.status).toBeLessThan(500);
    expect(await traces()).toEqual(before);
  });

  it.each(Object.entries(SIGNATURE_WRAPPINGS))('%s', async (_, { signed: what, forge }) => {
    const connection = await scene.another(scene.key, {
      signed: what === 'Response' ? 'response' : 'assertion',
    });
    const pending = await connection.begin();
    const sign = what === 'Response' ? signResponse : signAssertion;
    const forged = forge(sign(responseXml(pending.trust), scene.key));
    expect(forged).toContain('eve@acme.test');
    const { code } = await connection.refusal(await connection.post(pending, forged));
    expect(code).toMatch(/^saml_(multiple_assertions|structure_invalid|signature_misplaced|duplicate_id)$/);
  });

  it("signed by another workspace's identity provider", async () => {
    const theirs = await scene.app.workspace();
    const other = await SamlScene.connect(scene.app, theirs, signingKey());
    const pending = await scene.begin();
    const page = await scene.post(pending, signed(pending.trust, other.key));
    expect((await scene.refusal(page)).code).toBe('saml_signature_invalid');
    expect(await scene.app.auditEvents(theirs.id, 'sso.login_failed')).toEqual([]);
  });

  it('meant for another connection of the same identity provider, as when customers share a tenant', async () => {
    const theirs = await SamlScene.connect(scene.app, await scene.app.workspace(), scene.key);
    const pending = await theirs.begin();
    const page = await scene.post(pending, signed(pending.trust, scene.key));
    const { code, event } = await scene.refusal(page);
    expect(code).toBe('saml_destination_mismatch');
    expect(event.data.reason).toMatch(/confirmation_recipient.*audience/);
  });

  it('that answers the sign-in of another connection, addressed to this one', async () => {
    const theirs = await SamlScene.connect(scene.app, await scene.app.workspace(), scene.key);
    const { browser, trust } = await theirs.begin();
    const own = { ...trust, acsUrl: scene.url('acs'), spEntityId: scene.url('metadata') };
    const page = await scene.post({ browser, trust: own }, signed(own, scene.key));
    expect((await scene.refusal(page)).code).toBe('request_unknown');
  });

  it.each([
    ['no SAMLResponse', {}, 'saml_response_missing'],
    ['an empty one', { SAMLResponse: '' }, 'saml_response_missing'],
    ['one that is not Base64', { SAMLResponse: '<samlp:Response/>' }, 'saml_response_not_base64'],
    [
      'bytes that are not UTF-8',
      { SAMLResponse: Buffer.from([0x3c, 0xff, 0xfe, 0x3e]).toString('base64') },
      'saml_xml_encoding',
    ],
  ])('a form with %s', async (_, form, code) => {
    const page = await scene.postForm(new Browser(), form);
    expect((await scene.refusal(page)).code).toBe(code);
  });

  it('a form with two SAMLResponses', async () => {
    const pending = await scene.begin();
    const one = encodeURIComponent(toBase64(signed(pending.trust, scene.key)));
    const answer = await scene.app
      .http()
      .post(new URL(scene.url('acs')).pathname)
      .set('accept', 'application/json')
      .type('form')
      .send(`SAMLResponse=${one}&SAMLResponse=${one}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'saml_response_missing']);
  });

  it('a body that is no form, or far too large a one', async () => {
    const post = () =>
      scene.app
        .http()
        .post(new URL(scene.url('acs')).pathname)
        .set('accept', 'application/json');
    expect((await post().send({ SAMLResponse: 'x' })).status).toBe(400);
    expect((await post().send([1, 2])).status).toBe(400);
    expect((await post().type('text/xml').send('<a/>')).status).toBe(415);
    const huge = await post()
      .type('form')
      .send(`SAMLResponse=${'A'.repeat(2_000_000)}`);
    expect([huge.status, huge.body.code]).toEqual([413, 'payload_too_large']);
  });
});
