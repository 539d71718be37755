import { Browser } from '../../support/browser';
import { signingKey } from '../../support/certificates';
import { json, type Misbehaviour } from '../../support/oidc-provider';
import { OidcScene } from '../../support/oidc-sign-in';
import { signedToken, testKey } from '../../support/oidc-tokens';
import {
  responseXml,
  type ResponseTerms,
  RSA_SHA1,
  SHA1,
  signAssertion,
  signResponse,
  STATUS,
  toBase64,
} from '../../support/saml-documents';
import { type Pending, SamlScene } from '../../support/saml-sign-in';
import { decidingCheck, TestBench } from '../../support/test-sign-in';

type Owner = 'idp_admin' | 'workspace_admin' | 'operator';

/** The test of a connection ended with this code, which names its owner and says what to do. */
async function expectDiagnosis(
  bench: TestBench,
  attemptId: string,
  code: string,
  owner: Owner,
): Promise<void> {
  const attempt = await bench.attempt(attemptId);
  expect(attempt).toMatchObject({ kind: 'test', status: 'failed', code });
  const check = decidingCheck(attempt);
  expect(check).toMatchObject({ ok: false, owner, hint: expect.stringMatching(/\w.*\.$/) });
  expect(check!.hint).not.toMatch(/[{}]/);
}

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

describe('A fault of a SAML identity provider, provoked in a test sign-in', () => {
  let idp: SamlScene;
  let bench: TestBench;
  const strange = signingKey();

  beforeAll(async () => {
    idp = await SamlScene.start();
    bench = new TestBench(idp.app, idp.workspace, idp.connectionId);
  });
  afterAll(() => idp?.close());

  async function provoke(form: (pending: Pending) => Record<string, string>): Promise<string> {
    const { attemptId, url } = await bench.start();
    const pending = await idp.beginTest(url);
    // As identity providers do, RelayState comes back: it names the sign-in when the document cannot.
    const id = pending.trust.requestId.replace(/^_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const page = await idp.postForm(pending.browser, { RelayState: id, ...form(pending) });
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.status).toBeLessThan(500);
    return attemptId;
  }
  const signed =
    (changes: Partial<ResponseTerms>) =>
    ({ trust }: Pending) => ({
      SAMLResponse: toBase64(signAssertion(responseXml(trust, changes), idp.key)),
    });
  const document =
    (write: (xml: string) => string) =>
    ({ trust }: Pending) => ({
      SAMLResponse: toBase64(write(signAssertion(responseXml(trust), idp.key))),
    });

  it.each<[string, Owner, (pending: Pending) => Record<string, string>]>([
    ['saml_audience_mismatch', 'idp_admin', signed({ audience: 'https://elsewhere.test' })],
    ['saml_recipient_mismatch', 'idp_admin', signed({ recipient: 'https://elsewhere.test/acs' })],
    ['saml_destination_mismatch', 'idp_admin', signed({ destination: 'https://elsewhere.test/acs' })],
    [
      'saml_issuer_mismatch',
      'workspace_admin',
      signed({ issuer: 'urn:other', assertionIssuer: 'urn:other' }),
    ],
    ['saml_status_not_success', 'idp_admin', signed({ status: `${STATUS}Responder` })],
    [
      'saml_assertion_missing',
      'idp_admin',
      ({ trust }) => ({ SAMLResponse: toBase64(responseXml(trust, { assertion: false })) }),
    ],
    ['saml_version_unsupported', 'idp_admin', signed({ assertionVersion: '1.1' })],
    ['saml_unsolicited', 'idp_admin', signed({ inResponseTo: null, subjectInResponseTo: null })],
    ['saml_in_response_to_mismatch', 'idp_admin', signed({ inResponseTo: `_${'0'.repeat(32)}` })],
    ['saml_issue_instant_invalid', 'idp_admin', signed({ issueInstant: ago(30) })],
    ['saml_subject_invalid', 'idp_admin', signed({ nameId: null })],
    [
      'saml_name_id_transient',
      'idp_admin',
      signed({ nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }),
    ],
    [
      'saml_confirmation_method_unsupported',
      'idp_admin',
      signed({ confirmationMethod: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }),
    ],
    ['saml_conditions_missing', 'idp_admin', signed({ conditions: false })],
    ['saml_condition_unknown', 'idp_admin', signed({ extraCondition: '<saml:Condition/>' })],
    ['saml_not_yet_valid', 'idp_admin', signed({ notBefore: ago(-10) })],
    ['saml_expired', 'idp_admin', signed({ notOnOrAfter: ago(10) })],
    ['saml_authn_statement_missing', 'idp_admin', signed({ authnStatement: false })],
    ['saml_authn_instant_invalid', 'idp_admin', signed({ authnInstant: ago(-30) })],
    ['saml_session_expired', 'idp_admin', signed({ sessionNotOnOrAfter: ago(10) })],
    ['saml_signature_missing', 'idp_admin', ({ trust }) => ({ SAMLResponse: toBase64(responseXml(trust)) })],
    [
      'saml_signature_invalid',
      'workspace_admin',
      ({ trust }) => ({ SAMLResponse: toBase64(signAssertion(responseXml(trust), strange)) }),
    ],
    [
      'saml_signature_algorithm_refused',
      'idp_admin',
      ({ trust }) => ({
        SAMLResponse: toBase64(
          signAssertion(responseXml(trust), idp.key, { signatureAlgorithm: RSA_SHA1, digestAlgorithm: SHA1 }),
        ),
      }),
    ],
    [
      'saml_signature_missing',
      'idp_admin',
      ({ trust }) => ({ SAMLResponse: toBase64(signResponse(responseXml(trust), idp.key)) }),
    ],
    ['saml_xml_doctype', 'idp_admin', document((xml) => `<!DOCTYPE x>${xml}`)],
    ['saml_xml_comment', 'idp_admin', document((xml) => xml.replace('@acme', '<!---->@acme'))],
    ['saml_xml_malformed', 'idp_admin', document((xml) => xml.slice(0, -20))],
    ['saml_response_missing', 'idp_admin', () => ({})],
    ['saml_response_not_base64', 'idp_admin', () => ({ SAMLResponse: '<xml/>' })],
    [
      'saml_root_unexpected',
      'idp_admin',
      () => ({ SAMLResponse: toBase64('<html xmlns="http://www.w3.org/1999/xhtml"/>') }),
    ],
    ['email_domain_not_verified', 'workspace_admin', signed({ nameId: 'ada@elsewhere.test' })],
    ['email_missing', 'idp_admin', signed({ nameId: 'ada', nameIdFormat: null })],
    [
      'saml_email_unverified',
      'idp_admin',
      signed({
        nameId: 'auth0|ada',
        attributes: {
          'http://schemas.auth0.com/email': ['ada@acme.test'],
          'http://schemas.auth0.com/email_verified': ['false'],
        },
      }),
    ],
  ])('%s: is for %s to put right', async (code, owner, form) => {
    await expectDiagnosis(bench, await provoke(form), code, owner);
  });

  it('saml_status_not_success: is shown in the words of the identity provider, and as the only fault', async () => {
    const words = 'AADSTS50105: The signed in user is not assigned to a role for the application.';
    const said = `<samlp:StatusMessage>${words}</samlp:StatusMessage></samlp:Status>`;
    const attemptId = await provoke(({ trust }) => {
      const error = responseXml(trust, { assertion: false, status: `${STATUS}Responder` });
      return { SAMLResponse: toBase64(error.replace('</samlp:Status>', said)) };
    });
    const { checks } = await bench.attempt(attemptId);
    expect(checks.filter(({ ok }) => !ok)).toMatchObject([
      { id: 'response_status', received: `${STATUS}Responder: ${words}`, owner: 'idp_admin' },
    ]);
  });

  it.each<[string, string, string, number]>([
    ['saml_xml_too_many_elements', 'bare', '', 2000],
    [
      'saml_xml_too_many_attributes',
      'that each name their type',
      ' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string"',
      1400,
    ],
  ])('%s: very many groups, %s, are known as such', async (code, _, type, count) => {
    const value = `<saml:AttributeValue${type}>g</saml:AttributeValue>`;
    const groups = `<saml:Attribute Name="groups">${value.repeat(count)}</saml:Attribute>`;
    const statement = `<saml:AttributeStatement>${groups}</saml:AttributeStatement></saml:Assertion>`;
    const attemptId = await provoke(document((xml) => xml.replace('</saml:Assertion>', statement)));
    await expectDiagnosis(bench, attemptId, code, 'idp_admin');
    expect(decidingCheck(await bench.attempt(attemptId))!.hint).toContain('groups');
  });
});

describe('A fault of an OpenID Provider, provoked in a test sign-in', () => {
  let idp: OidcScene;
  let bench: TestBench;

  beforeAll(async () => {
    idp = await OidcScene.start();
    bench = new TestBench(idp.app, idp.workspace, idp.connectionId);
  });
  afterAll(() => idp?.close());

  const claims = (changes: Record<string, unknown>): Misbehaviour => ({
    claims: (good) => ({ ...good, ...changes }),
  });
  const answering = (query: Record<string, string>): Misbehaviour => ({
    callback: (parameters) => {
      parameters.delete('code');
      for (const [name, value] of Object.entries(query)) parameters.set(name, value);
    },
  });
  const token = (status: number, body: object): Misbehaviour => ({
    token: (_, response) => json(response, status, body),
  });
  const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;

  it.each<[string, Owner, Misbehaviour]>([
    ['oidc_access_denied', 'idp_admin', answering({ error: 'access_denied' })],
    ['oidc_provider_error', 'idp_admin', answering({ error: 'server_error' })],
    ['oidc_response_invalid', 'idp_admin', answering({})],
    [
      'oidc_response_issuer_mismatch',
      'workspace_admin',
      { callback: (query) => query.set('iss', 'https://other.test') },
    ],
    ['oidc_code_refused', 'idp_admin', token(400, { error: 'invalid_grant' })],
    ['oidc_client_refused', 'workspace_admin', token(401, { error: 'invalid_client' })],
    ['oidc_token_request_refused', 'idp_admin', token(400, { error: 'unsupported_grant_type' })],
    ['oidc_answer_invalid', 'idp_admin', token(200, { hello: 'world' })],
    ['id_token_issuer_mismatch', 'workspace_admin', claims({ iss: 'https://other.test' })],
    ['id_token_audience_mismatch', 'workspace_admin', claims({ aud: 'other' })],
    ['id_token_expired', 'idp_admin', claims({ exp: seconds(-600) })],
    ['id_token_issued_in_future', 'idp_admin', claims({ iat: seconds(600) })],
    ['id_token_nonce_mismatch', 'idp_admin', claims({ nonce: 'other' })],
    ['id_token_claim_missing', 'idp_admin', claims({ exp: undefined })],
    ['id_token_malformed', 'idp_admin', { idToken: () => 'nonsense' }],
    [
      'id_token_key_unknown',
      'workspace_admin',
      { idToken: (good) => signedToken(testKey('RS256', 'unknown'), good) },
    ],
    [
      'id_token_signature_invalid',
      'idp_admin',
      { idToken: (good, { key }) => signedToken(testKey('RS256', key.kid), good) },
    ],
    ['oidc_email_unverified', 'idp_admin', claims({ email: 'ada@acme.test', email_verified: false })],
    [
      'email_domain_not_verified',
      'workspace_admin',
      claims({ email: 'ada@elsewhere.test', email_verified: true }),
    ],
  ])('%s: is for %s to put right', async (code, owner, behaviour) => {
    const { attemptId, url } = await bench.start();
    idp.idp.behaviour = behaviour;
    const page = await idp.open(new Browser(), url);
    expect([page.status >= 400, page.status < 504]).toEqual([true, true]);
    await expectDiagnosis(bench, attemptId, code, owner);
  });

  it.each<[string, string, string, Misbehaviour]>([
    ['idp_unreachable', 'token_exchange', 'no answer within 4000 ms', { token: () => undefined }],
    [
      'oidc_answer_invalid',
      'token_exchange',
      'the token endpoint answered with text/html. This is not JSON.',
      { token: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in') },
    ],
    [
      'oidc_answer_invalid',
      'userinfo_sub',
      'userinfo answered with application/jwt. This is not JSON.',
      {
        ...claims({ email: undefined }),
        userinfo: (_, response) =>
          response.writeHead(200, { 'content-type': 'application/jwt' }).end('a.b.c'),
      },
    ],
  ])('%s: is shown at the step %s, with what came: %s', async (code, id, received, behaviour) => {
    const { attemptId, url } = await bench.start();
    idp.idp.behaviour = behaviour;
    await idp.open(new Browser(), url);
    expect(decidingCheck(await bench.attempt(attemptId))).toMatchObject({ code, id, received });
  });

  it('none at all: the test passes', async () => {
    const { attemptId, url } = await bench.start();
    idp.idp.behave();
    const page = await new Browser().open(url);
    expect(page.status).toBe(200);
    expect(page.text).toContain('The test passed');
    expect(await bench.attempt(attemptId)).toMatchObject({ status: 'passed', email: 'ada@acme.test' });
  });
});
