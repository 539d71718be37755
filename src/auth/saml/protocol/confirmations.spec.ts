import { signingKey } from '../../../../test/support/certificates';
import {
  BEARER,
  newId,
  responseXml,
  type ResponseTerms,
  signAssertion,
  toBase64,
  type Trust,
} from '../../../../test/support/saml-documents';
import { type Examination, examine } from './examination';

const now = new Date('2030-01-01T12:00:00Z');
const seconds = (count: number): string => new Date(now.getTime() + count * 1000).toISOString();
const idp = signingKey();
const trust: Trust = {
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  spEntityId: 'https://gatehouse.test/sso/saml/1/metadata',
  idpEntityId: 'https://idp.test',
  requestId: newId(),
};

interface Confirmation {
  readonly Method?: string;
  readonly Recipient?: string;
  readonly NotBefore?: string;
  readonly NotOnOrAfter?: string;
  readonly InResponseTo?: string;
}

const GOOD = { Recipient: trust.acsUrl, NotOnOrAfter: seconds(120), InResponseTo: trust.requestId };
const ELSEWHERE = { ...GOOD, Recipient: 'https://other.test/acs' };
const ENDED = { ...GOOD, NotOnOrAfter: seconds(-60) };
const UNFINISHED = { ...GOOD, NotBefore: seconds(61) };
const OF_ANOTHER_REQUEST = { ...GOOD, InResponseTo: newId() };
const UNASKED: Confirmation = { Recipient: trust.acsUrl, NotOnOrAfter: seconds(120) };
const NOT_BEARER = { ...GOOD, Method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' };

/** A response whose subject is confirmed in exactly these ways. */
function confirmedBy(
  confirmations: readonly Confirmation[],
  changes: Partial<ResponseTerms> = {},
): Examination {
  const written = confirmations.map(({ Method = BEARER, ...data }) => {
    const attributes = Object.entries(data).map(([name, value]) => ` ${name}="${value}"`);
    return `<saml:SubjectConfirmation Method="${Method}"><saml:SubjectConfirmationData${attributes.join('')}/></saml:SubjectConfirmation>`;
  });
  const plain = responseXml(trust, { now, confirmationMethod: null, ...changes });
  const xml = signAssertion(plain.replace('</saml:Subject>', `${written.join('')}</saml:Subject>`), idp);
  const terms = { certificates: [idp.certificate], signed: 'assertion' as const };
  return examine(
    { samlResponse: toBase64(xml) },
    { ...trust, now, ...terms, decryption: { keys: [], allowWeak: false } },
  );
}

const failed = ({ checks }: Examination): string[] => checks.filter(({ ok }) => !ok).map(({ id }) => id);
const row = ({ checks }: Examination, wanted: string) => checks.find(({ id }) => id === wanted);
const both = (one: Confirmation, other: Confirmation) => [
  [one, other],
  [other, one],
];

describe('A subject that is confirmed in several ways', () => {
  it.each<[string, Confirmation]>([
    ['that is no bearer confirmation', NOT_BEARER],
    ['for another place', ELSEWHERE],
    ['that has ended', ENDED],
    ['still to begin', UNFINISHED],
    ['without end', { Recipient: trust.acsUrl, InResponseTo: trust.requestId }],
    ['for another request', OF_ANOTHER_REQUEST],
    ['for no request', UNASKED],
    ['that says nothing', {}],
  ])('is confirmed by one that holds, beside one %s', (_, other) => {
    for (const confirmations of both(GOOD, other)) {
      const examination = confirmedBy(confirmations);
      expect(failed(examination)).toEqual([]);
      expect(examination.claims).toMatchObject({ inResponseTo: trust.requestId });
      expect(examination.statement).toMatchObject({
        subject: { confirmation: { recipient: trust.acsUrl, inResponseTo: trust.requestId } },
      });
    }
  });

  it.each<[string, Confirmation, Confirmation, string[]]>([
    ['place and time', ELSEWHERE, ENDED, ['confirmation_not_on_or_after']],
    ['method and place', NOT_BEARER, ELSEWHERE, ['confirmation_recipient']],
    ['time and request', ENDED, OF_ANOTHER_REQUEST, ['response_in_response_to']],
    ['begin and end', UNFINISHED, ENDED, ['confirmation_not_on_or_after']],
    ['place and request', ELSEWHERE, UNASKED, ['confirmation_in_response_to', 'response_in_response_to']],
  ])('is not confirmed by two that each lack something: %s', (_, one, other, rows) => {
    for (const confirmations of both(one, other)) {
      const examination = confirmedBy(confirmations);
      expect(examination.claims).toBeUndefined();
      expect(failed(examination)).toEqual(rows);
    }
  });

  it('is explained by the confirmation that comes closest, with its place among them', () => {
    const examination = confirmedBy([NOT_BEARER, ELSEWHERE, ENDED]);
    expect(examination.refusal).toMatchObject({ code: 'saml_expired' });
    expect(row(examination, 'confirmation_method')).toMatchObject({
      ok: true,
      received: `${BEARER}, number 3 of 3`,
    });
    expect(row(examination, 'confirmation_recipient')).toMatchObject({ received: trust.acsUrl });
    const alone = row(confirmedBy([GOOD]), 'confirmation_method');
    expect(alone).toMatchObject({ ok: true, received: BEARER });
  });

  it('answers the request that the response names, when each confirmation answers another', () => {
    const inResponseTo = OF_ANOTHER_REQUEST.InResponseTo;
    const examination = confirmedBy([GOOD, OF_ANOTHER_REQUEST], { inResponseTo });
    expect(examination.claims).toMatchObject({ inResponseTo });
  });

  it('is remembered as used for as long as the last of them would hold', () => {
    const longer = { ...GOOD, NotOnOrAfter: seconds(240) };
    for (const confirmations of both(GOOD, longer)) {
      expect(confirmedBy(confirmations).claims?.notOnOrAfter).toEqual(new Date(seconds(240)));
    }
    const endless = { ...GOOD, NotOnOrAfter: seconds(86_400) };
    expect(confirmedBy([GOOD, endless]).claims?.notOnOrAfter).toEqual(new Date(seconds(300)));
  });
});
