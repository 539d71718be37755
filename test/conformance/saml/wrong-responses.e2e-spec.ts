import {
  newId,
  responseXml,
  type ResponseTerms,
  signAssertion,
  signResponse,
  STATUS,
  type Trust,
} from '../../support/saml-documents';
import { codeOf, SamlScene } from '../../support/saml-sign-in';

/** Genuinely signed, and still not to be believed: what the response says, the code, and what is changed. */
type Wrong = [what: string, code: string, changes: (trust: Trust) => Partial<ResponseTerms>];

const seconds = (count: number) => new Date(Date.now() + count * 1000);

const WRONG: Wrong[] = [
  ['another version', 'saml_version_unsupported', () => ({ version: '1.1' })],
  ['another version in the assertion', 'saml_version_unsupported', () => ({ assertionVersion: '1.1' })],
  ['that the person was not signed in', 'saml_status_not_success', () => ({ status: `${STATUS}Responder` })],
  ['another issuer', 'saml_issuer_mismatch', () => ({ issuer: 'https://evil.test' })],
  [
    'another issuer in the assertion',
    'saml_issuer_mismatch',
    () => ({ assertionIssuer: 'https://evil.test' }),
  ],
  ['no issuer in the assertion', 'saml_issuer_mismatch', () => ({ assertionIssuer: null })],
  ['another destination', 'saml_destination_mismatch', ({ acsUrl }) => ({ destination: `${acsUrl}/` })],
  ['another recipient', 'saml_recipient_mismatch', ({ acsUrl }) => ({ recipient: `${acsUrl}?x` })],
  ['no recipient', 'saml_recipient_mismatch', () => ({ recipient: null })],
  ['another audience', 'saml_audience_mismatch', () => ({ audience: 'https://other.test' })],
  ['no audience', 'saml_audience_mismatch', () => ({ audience: null })],
  ['no conditions', 'saml_conditions_missing', () => ({ conditions: false })],
  ['a condition nobody knows', 'saml_condition_unknown', () => ({ extraCondition: '<x xmlns="urn:x"/>' })],
  ['conditions that have ended', 'saml_expired', () => ({ notOnOrAfter: seconds(-90) })],
  ['conditions without end', 'saml_expired', () => ({ notOnOrAfter: null })],
  ['conditions still to begin', 'saml_not_yet_valid', () => ({ notBefore: seconds(120) })],
  ['a confirmation that has ended', 'saml_expired', () => ({ confirmationNotOnOrAfter: seconds(-90) })],
  ['a confirmation still to begin', 'saml_not_yet_valid', () => ({ confirmationNotBefore: seconds(120) })],
  [
    'an issue instant of last year',
    'saml_issue_instant_invalid',
    () => ({ assertionIssueInstant: seconds(-31_536_000) }),
  ],
  ['an issue instant to come', 'saml_issue_instant_invalid', () => ({ issueInstant: seconds(120) })],
  [
    'holder of key',
    'saml_confirmation_method_unsupported',
    () => ({ confirmationMethod: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }),
  ],
  ['no confirmation', 'saml_confirmation_method_unsupported', () => ({ confirmationMethod: null })],
  ['no NameID', 'saml_subject_invalid', () => ({ nameId: null })],
  ['an empty NameID', 'saml_subject_invalid', () => ({ nameId: '' })],
  [
    'a transient NameID',
    'saml_name_id_transient',
    () => ({ nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }),
  ],
  ['nothing about authentication', 'saml_authn_statement_missing', () => ({ authnStatement: false })],
  ['an authentication to come', 'saml_authn_instant_invalid', () => ({ authnInstant: seconds(120) })],
  ['a session that has ended', 'saml_session_expired', () => ({ sessionNotOnOrAfter: seconds(-90) })],
  ['no InResponseTo', 'saml_unsolicited', () => ({ inResponseTo: null, subjectInResponseTo: null })],
  ['no InResponseTo in the signed part', 'saml_unsolicited', () => ({ subjectInResponseTo: null })],
  [
    'an InResponseTo that is none of ours',
    'saml_unsolicited',
    () => ({ inResponseTo: 'id-1', subjectInResponseTo: 'id-1' }),
  ],
  ['two different requests', 'saml_in_response_to_mismatch', () => ({ inResponseTo: newId() })],
  [
    'an address outside the verified domains',
    'email_domain_not_verified',
    () => ({ nameId: 'ada@elsewhere.test' }),
  ],
  ['no address at all', 'email_missing', () => ({ nameId: 'employee-1' })],
];

describe('A SAML response that is well signed but says the wrong thing is refused', () => {
  let scene: SamlScene;

  beforeAll(async () => {
    scene = await SamlScene.start();
  });

  afterAll(() => scene?.close());

  const signed = (trust: Trust, changes: Partial<ResponseTerms> = {}) =>
    signAssertion(responseXml(trust, changes), scene.key);

  it.each(WRONG)('%s: %s', async (_, code, changes) => {
    const pending = await scene.begin();
    const page = await scene.post(pending, signed(pending.trust, changes(pending.trust)));
    const refusal = await scene.refusal(page);
    expect(refusal.code).toBe(code);
    expect(refusal.event.data.reason).toEqual(expect.any(String));
  });

  it('with everything that was wrong in the audit event, and who was spoken of', async () => {
    const page = await scene.signIn({
      audience: 'urn:other',
      recipient: 'https://other.test',
      nameId: 'bob@acme.test',
    });
    const { event } = await scene.refusal(page);
    expect(event.data).toMatchObject({ subject: 'bob@acme.test', connection: 'Acme SAML', method: 'saml' });
    expect(event.data.reason).toMatch(/https:\/\/other\.test.*urn:other/);
  });

  it('without telling the browser what was expected', async () => {
    const page = await scene.signIn({ audience: 'urn:other' });
    expect(page.text).not.toContain('urn:other');
    expect(page.text).not.toContain('metadata');
    expect(page.headers.get('content-type')).toContain('application/problem+json');
  });

  it('signed as a whole but without a Destination', async () => {
    const connection = await scene.another(scene.key, { signed: 'response' });
    const { browser, trust } = await connection.begin();
    const page = await connection.post(
      { browser, trust },
      signResponse(responseXml(trust, { destination: null }), scene.key),
    );
    expect((await connection.refusal(page)).code).toBe('saml_destination_mismatch');
  });

  it.each(['Responder', 'Requester'])(
    "with the identity provider's own error %s, unsigned and without an assertion",
    async (status) => {
      const pending = await scene.begin();
      const page = await scene.post(
        pending,
        responseXml(pending.trust, { status: STATUS + status, assertion: false }),
      );
      const { code, event } = await scene.refusal(page);
      expect(code).toBe('saml_status_not_success');
      expect(event.data.reason).toContain(status);
    },
  );

  it('with success but no assertion', async () => {
    const pending = await scene.begin();
    const page = await scene.post(pending, responseXml(pending.trust, { assertion: false }));
    expect((await scene.refusal(page)).code).toBe('saml_assertion_missing');
  });

  it('while the clock may be a minute off, and no more', async () => {
    codeOf(await scene.signIn({ notOnOrAfter: seconds(-50), confirmationNotOnOrAfter: seconds(-50) }));
    codeOf(
      await scene.signIn({
        notBefore: seconds(50),
        issueInstant: seconds(50),
        assertionIssueInstant: seconds(50),
        authnInstant: seconds(50),
      }),
    );
  });
});
