import { signingKey } from '../../../../test/support/certificates';
import {
  newId,
  responseXml,
  type ResponseTerms,
  RSA_SHA1,
  SHA1,
  signAssertion,
  signResponse,
  STATUS,
  toBase64,
  type Trust,
} from '../../../../test/support/saml-documents';
import { canonicalXml } from '../../../xml/canonical-xml';
import { readStrictXml } from '../../../xml/strict-xml';
import { check, type CheckId, type Expectations } from './checks';
import { judge, refusalOf, type Verdict } from './claims';
import { LIMITS } from './limits';
import { preflight, type PreflightedXml } from './preflight';
import { VerifiedSignedXml } from './verified-xml';

const now = new Date('2030-01-01T12:00:00Z');
const seconds = (count: number) => new Date(now.getTime() + count * 1000);
const key = signingKey();
const trust: Trust = {
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  spEntityId: 'https://gatehouse.test/sso/saml/1/metadata',
  idpEntityId: 'https://idp.test',
  requestId: newId(),
};

/** As after verification: the assertion alone, with the namespaces it needs. */
function verdictOn(
  changes: Partial<ResponseTerms> = {},
  signer = signAssertion,
  asked: Partial<Expectations> = {},
): Verdict {
  const xml = signer(responseXml(trust, { now, ...changes }), key);
  const original = preflight({ samlResponse: toBase64(xml) });
  const bytes = /<saml:Assertion [^]*<\/saml:Assertion>/.exec(xml)?.[0] ?? '';
  const assertion = bytes.replace(
    '<saml:Assertion',
    '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
  );
  const verified =
    changes.assertion === false
      ? undefined
      : VerifiedSignedXml.fromSignedBytes(canonicalXml(readStrictXml(assertion, LIMITS)), original);
  return judge(original, verified, { ...trust, now, ...asked });
}

/** Signs what a response becomes, not what it was. */
const rewritten = (rewrite: (xml: string) => string) => (xml: string) => signAssertion(rewrite(xml), key);
const refused = ({ claims, checks }: Verdict) => ({ claims, ...refusalOf(checks) });
const failed = ({ checks }: Verdict): string[] => checks.filter(({ ok }) => !ok).map(({ id }) => id);

describe('The checks of a SAML response', () => {
  it('all hold for an impeccable one, and make claims of it', () => {
    const verdict = verdictOn();
    expect(failed(verdict)).toEqual([]);
    expect(verdict.claims).toMatchObject({
      issuer: trust.idpEntityId,
      nameId: 'ada@acme.test',
      inResponseTo: trust.requestId,
      sessionIndex: '_session',
      notOnOrAfter: seconds(300),
    });
  });

  it('make claims that end with whatever ends first', () => {
    const end = (confirmation: number, conditions: number) =>
      verdictOn({ confirmationNotOnOrAfter: seconds(confirmation), notOnOrAfter: seconds(conditions) }).claims
        ?.notOnOrAfter;
    expect(end(100, 300)).toEqual(seconds(100));
    expect(end(300, 100)).toEqual(seconds(100));
  });

  it('make claims of the NameID with its qualifiers, and of all attribute statements together', () => {
    const statement = (values: string) =>
      `<saml:AttributeStatement><saml:Attribute Name="groups">${values}</saml:Attribute></saml:AttributeStatement>`;
    const value = (text: string) => `<saml:AttributeValue>${text}</saml:AttributeValue>`;
    const { claims } = verdictOn(
      {},
      rewritten((xml) =>
        xml
          .replace('<saml:NameID', '<saml:NameID NameQualifier="urn:idp" SPNameQualifier="urn:sp"')
          .replace(
            '</saml:Assertion>',
            `${statement(value('a') + value(''))}${statement(value(' b '))}` +
              `<saml:AttributeStatement><saml:Attribute>${value('nameless')}</saml:Attribute></saml:AttributeStatement></saml:Assertion>`,
          ),
      ),
    );
    expect(claims).toMatchObject({ nameQualifier: 'urn:idp', spNameQualifier: 'urn:sp' });
    expect([...(claims?.attributes ?? [])]).toEqual([['groups', ['a', 'b']]]);
  });

  it('hold people to signing in anew only where that was asked for', () => {
    const authnInstant = seconds(-3600);
    expect(failed(verdictOn({ authnInstant }))).toEqual([]);
    const verdict = verdictOn({ authnInstant }, signAssertion, { forceAuthn: true });
    expect(failed(verdict)).toEqual(['authn_instant_fresh']);
    expect(refused(verdict)).toMatchObject({ claims: undefined, code: 'saml_reauthentication_missing' });
    expect(failed(verdictOn({ authnInstant: seconds(-60) }, signAssertion, { forceAuthn: true }))).toEqual(
      [],
    );
  });

  it('hold the way of signing in to what was asked for, when exactly that was asked for', () => {
    const context = (classRef: string, comparison = 'exact') =>
      verdictOn({}, signAssertion, {
        authnContext: { classRefs: [`urn:oasis:names:tc:SAML:2.0:ac:classes:${classRef}`], comparison },
      });
    expect(failed(context('PasswordProtectedTransport'))).toEqual([]);
    const asked = {
      classRefs: ['urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'],
      comparison: 'exact',
    };
    const inLines = rewritten((xml) => xml.replace(/(urn:[^<>]*PasswordProtectedTransport)/, '\n  $1\n'));
    expect(failed(verdictOn({}, inLines, { authnContext: asked }))).toEqual([]);
    expect(failed(context('X509', 'minimum'))).toEqual([]);
    expect(failed(context('X509'))).toEqual(['authn_context']);
    expect(refused(context('X509'))).toMatchObject({
      claims: undefined,
      code: 'saml_authn_context_mismatch',
    });
  });

  it('are always all run, with what was received and what was expected', () => {
    const verdict = verdictOn({ audience: 'urn:other', recipient: 'https://other.test/acs', version: '1.1' });
    expect(failed(verdict)).toEqual(['response_version', 'confirmation_recipient', 'audience']);
    expect(verdict.checks).toHaveLength(28);
    expect(verdict.checks.find(({ id }) => id === 'audience')).toEqual({
      id: 'audience',
      code: 'saml_audience_mismatch',
      ok: false,
      received: 'urn:other',
      expected: trust.spEntityId,
    });
    expect(verdict.claims).toBeUndefined();
  });

  it('give the first failure its name and tell them all in the reason', () => {
    expect(refused(verdictOn({ audience: null, status: `${STATUS}Requester` }))).toEqual({
      claims: undefined,
      code: 'saml_status_not_success',
      reason: expect.stringMatching(/response_status.*audience/),
    });
  });

  it.each<[string, CheckId[], Partial<ResponseTerms>]>([
    ['another version', ['response_version'], { version: '1.1' }],
    ['another version of the assertion', ['assertion_version'], { assertionVersion: '1.1' }],
    ['a status other than success', ['response_status'], { status: `${STATUS}Responder` }],
    ['another issuer of the response', ['response_issuer'], { issuer: 'https://evil.test' }],
    ['another issuer of the assertion', ['assertion_issuer'], { assertionIssuer: 'https://idp.test/' }],
    [
      'another destination',
      ['response_destination'],
      { destination: 'https://gatehouse.test/sso/saml/2/acs' },
    ],
    ['another recipient', ['confirmation_recipient'], { recipient: 'https://gatehouse.test/sso/saml/2/acs' }],
    ['no recipient', ['confirmation_recipient'], { recipient: null }],
    ['another audience', ['audience'], { audience: 'https://gatehouse.test/sso/saml/2/metadata' }],
    ['no audience', ['audience'], { audience: null }],
    ['an audience that only begins like ours', ['audience'], { audience: `${trust.spEntityId}/` }],
    [
      'a second audience restriction without us',
      ['audience'],
      {
        extraCondition:
          '<saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction>',
      },
    ],
    ['no conditions', ['conditions', 'conditions_not_on_or_after', 'audience'], { conditions: false }],
    ['a condition nobody knows', ['conditions_known'], { extraCondition: '<x xmlns="urn:x"/>' }],
    [
      'a condition unknown to SAML 2.0',
      ['conditions_known'],
      { extraCondition: '<saml:DoNotCacheCondition/>' },
    ],
    [
      'a condition that only shares its name with a known one',
      ['conditions_known'],
      { extraCondition: '<OneTimeUse xmlns="urn:x"/>' },
    ],
    ['an end that has passed', ['conditions_not_on_or_after'], { notOnOrAfter: seconds(-60) }],
    ['no end', ['conditions_not_on_or_after'], { notOnOrAfter: null }],
    ['a beginning still to come', ['conditions_not_before'], { notBefore: seconds(61) }],
    [
      'a confirmation whose end has passed',
      ['confirmation_not_on_or_after'],
      { confirmationNotOnOrAfter: seconds(-60) },
    ],
    ['a confirmation without end', ['confirmation_not_on_or_after'], { confirmationNotOnOrAfter: null }],
    ['a confirmation still to begin', ['confirmation_not_before'], { confirmationNotBefore: seconds(61) }],
    ['an old response', ['response_issue_instant'], { issueInstant: seconds(-661) }],
    ['a response from the future', ['response_issue_instant'], { issueInstant: seconds(61) }],
    ['an old assertion', ['assertion_issue_instant'], { assertionIssueInstant: seconds(-31_536_000) }],
    [
      'holder of key',
      ['confirmation_method'],
      { confirmationMethod: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' },
    ],
    [
      'no confirmation',
      [
        ...(['confirmation_method', 'confirmation_recipient', 'confirmation_not_on_or_after'] as const),
        ...(['confirmation_in_response_to', 'response_in_response_to'] as const),
      ],
      { confirmationMethod: null },
    ],
    [
      'no InResponseTo',
      ['confirmation_in_response_to', 'response_in_response_to'],
      { inResponseTo: null, subjectInResponseTo: null },
    ],
    [
      'no InResponseTo in the assertion',
      ['confirmation_in_response_to', 'response_in_response_to'],
      { subjectInResponseTo: null },
    ],
    [
      'an InResponseTo that was never ours',
      ['confirmation_in_response_to'],
      { inResponseTo: 'id-1', subjectInResponseTo: 'id-1' },
    ],
    ...[`x${trust.requestId}`, `${trust.requestId}0`, trust.requestId.toUpperCase()].map(
      (id): [string, CheckId[], Partial<ResponseTerms>] => [
        `the InResponseTo ${id}, which is not spelt as ours are`,
        ['confirmation_in_response_to'],
        { inResponseTo: id, subjectInResponseTo: id },
      ],
    ),
    ['two answers in one', ['response_in_response_to'], { inResponseTo: newId() }],
    [
      'a transient NameID',
      ['name_id_format'],
      { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' },
    ],
    ['no NameID', ['name_id'], { nameId: null }],
    ['an empty NameID', ['name_id'], { nameId: '' }],
    ['a NameID of 256 characters', ['name_id'], { nameId: 'a'.repeat(256) }],
    ['a NameID with a line break', ['name_id'], { nameId: 'ada&#10;@acme.test' }],
    ['a NameID with blanks around', ['name_id'], { nameId: ' ada ' }],
    ['two NameIDs', ['name_id'], { nameId: 'ada@acme.test</saml:NameID><saml:NameID>eve@acme.test' }],
    ['a NameID with an element in it', ['name_id'], { nameId: 'ada<x xmlns="urn:x"/>@acme.test' }],
    ['no word on authentication', ['authn_statement', 'authn_instant'], { authnStatement: false }],
    ['an authentication still to happen', ['authn_instant'], { authnInstant: seconds(61) }],
    ['no time of authentication', ['authn_instant'], { authnInstant: null }],
    ['a session that has ended', ['session_not_on_or_after'], { sessionNotOnOrAfter: seconds(-60) }],
  ])('refuse %s', (_, ids, changes) => {
    expect(failed(verdictOn(changes))).toEqual(ids);
  });

  it('refuse an assertion about nobody, and a confirmation that says nothing', () => {
    const nobody = verdictOn(
      {},
      rewritten((xml) => xml.replace(/<saml:Subject>.*<\/saml:Subject>/, '')),
    );
    expect(refused(nobody)).toMatchObject({ claims: undefined, code: 'saml_subject_invalid' });
    const mute = verdictOn(
      {},
      rewritten((xml) => xml.replace(/<saml:SubjectConfirmationData[^>]*>/, '')),
    );
    expect(refused(mute)).toMatchObject({ claims: undefined, code: 'saml_recipient_mismatch' });
  });

  it('look at the algorithms of every signature again', () => {
    const xml = signResponse(signAssertion(responseXml(trust, { now }), key), key);
    const original = preflight({ samlResponse: toBase64(xml) });
    const weak = { ...original.assertionSignature!, signatureAlgorithm: RSA_SHA1 };
    const weakDigest = { ...original.assertionSignature!, digestAlgorithm: SHA1 };
    const row = (changes: Partial<PreflightedXml>) =>
      check(
        { envelope: original.envelope, signatures: { ...original, ...changes }, assertion: undefined },
        { ...trust, now },
      ).find(({ id }) => id === 'signature_algorithm');
    expect(row({})).toMatchObject({ ok: true });
    expect(row({ assertionSignature: weak })).toMatchObject({ ok: false });
    expect(row({ assertionSignature: weakDigest })).toMatchObject({ ok: false });
    expect(row({ responseSignature: weak })).toMatchObject({ ok: false });
    const unsigned = { responseSignature: undefined, assertionSignature: undefined };
    expect(row(unsigned)).toMatchObject({ ok: false, received: null });
  });

  it('show a time with its distance from our clock', () => {
    const shown = (changes: Partial<ResponseTerms>, id: CheckId) =>
      verdictOn(changes).checks.find((row) => row.id === id)?.received;
    expect(shown({ notOnOrAfter: seconds(-61) }, 'conditions_not_on_or_after')).toBe(
      '2030-01-01T11:58:59.000Z, 61 s behind our clock',
    );
    expect(shown({ authnInstant: seconds(61) }, 'authn_instant')).toBe(
      '2030-01-01T12:01:01.000Z, 61 s ahead of our clock',
    );
    const unreadable = verdictOn(
      {},
      rewritten((xml) => xml.replace(/AuthnInstant="[^"]*"/, 'AuthnInstant="today"')),
    );
    expect(failed(unreadable)).toEqual(['authn_instant']);
    expect(unreadable.checks.find(({ id }) => id === 'authn_instant')?.received).toBe(
      'today, which is no time',
    );
  });

  it('want a Destination when the response is signed, as the binding says', () => {
    expect(failed(verdictOn({ destination: null }))).toEqual([]);
    expect(failed(verdictOn({ destination: null }, signResponse))).toEqual(['response_destination']);
  });

  it('let the response leave out its Issuer, but never the assertion', () => {
    expect(failed(verdictOn({ issuer: null }))).toEqual([]);
  });

  it.each<[string, Partial<ResponseTerms>]>([
    [
      'a clock a minute ahead',
      {
        issueInstant: seconds(60),
        assertionIssueInstant: seconds(60),
        notBefore: seconds(60),
        authnInstant: seconds(60),
      },
    ],
    [
      'a clock just under a minute behind',
      { notOnOrAfter: seconds(-59), confirmationNotOnOrAfter: seconds(-59) },
    ],
    [
      "Keycloak's window of a minute, half of it gone by a slow clock",
      {
        notBefore: seconds(28),
        notOnOrAfter: seconds(88),
        confirmationNotOnOrAfter: seconds(88),
        issueInstant: seconds(30),
        assertionIssueInstant: seconds(30),
        authnInstant: seconds(30),
      },
    ],
    [
      'a response ten minutes old, of a clock a minute behind',
      { issueInstant: seconds(-660), assertionIssueInstant: seconds(-660) },
    ],
    ['one-time use', { extraCondition: '<saml:OneTimeUse/>' }],
    ['a restriction of proxies', { extraCondition: '<saml:ProxyRestriction Count="0"/>' }],
    ['a NameID of 255 characters', { nameId: 'a'.repeat(255) }],
    [
      'names in lines of their own, as pretty printers write them',
      {
        issuer: `\n  ${trust.idpEntityId}\n`,
        assertionIssuer: `\n  ${trust.idpEntityId}\n`,
        audience: `\n  ${trust.spEntityId}\n`,
      },
    ],
    ['an authentication of yesterday', { authnInstant: seconds(-86_400) }],
    ['a NameID without a format', { nameIdFormat: null }],
    [
      'an unspecified format of SAML 1.0',
      { nameIdFormat: 'urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified' },
    ],
  ])('accept %s', (_, changes) => {
    expect(failed(verdictOn(changes))).toEqual([]);
  });

  it("tell an identity provider's error by its status, without an assertion", () => {
    const verdict = verdictOn({ assertion: false, status: `${STATUS}Requester` }, (xml) => xml);
    expect(refused(verdict)).toMatchObject({ claims: undefined, code: 'saml_status_not_success' });
    const empty = verdictOn({ assertion: false }, (xml) => xml);
    expect(refused(empty)).toMatchObject({ claims: undefined, code: 'saml_assertion_missing' });
  });

  it('say of an error nothing but the error, in the words that came with it', () => {
    const said = '<samlp:StatusMessage> AADSTS50105: not assigned </samlp:StatusMessage></samlp:Status>';
    const { checks } = verdictOn({ assertion: false, status: `${STATUS}Responder` }, (xml) =>
      xml.replace('</samlp:Status>', said),
    );
    expect(checks.filter(({ ok }) => !ok)).toMatchObject([
      { id: 'response_status', received: `${STATUS}Responder: AADSTS50105: not assigned` },
    ]);
  });

  it('say of a response that holds no assertion that it lacks one, and not what one would have said', () => {
    expect(failed(verdictOn({ assertion: false }, (xml) => xml))).toEqual(['assertion_present']);
  });

  it('take a message beside success for no error', () => {
    const said = '<samlp:StatusMessage>Welcome</samlp:StatusMessage></samlp:Status>';
    const verdict = verdictOn({}, (xml, by) => signAssertion(xml.replace('</samlp:Status>', said), by));
    expect(verdict.claims).toBeDefined();
  });
});
