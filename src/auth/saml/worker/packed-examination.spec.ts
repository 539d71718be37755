import { signingKey } from '../../../../test/support/certificates';
import {
  newId,
  responseXml,
  type ResponseTerms,
  signAssertion,
  toBase64,
} from '../../../../test/support/saml-documents';
import { type Examination, examine } from '../protocol/examination';
import { packed, unpacked } from './packed-examination';

const idp = signingKey();
const trust = {
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  spEntityId: 'https://gatehouse.test/sso/saml/1/metadata',
  idpEntityId: 'https://idp.test',
  requestId: newId(),
};
const now = new Date();
const terms = {
  ...{ ...trust, now, certificates: [idp.certificate], signed: 'assertion' as const },
  decryption: { keys: [], allowWeak: false },
};

const examined = (changes: Partial<ResponseTerms>): Examination =>
  examine({ samlResponse: toBase64(signAssertion(responseXml(trust, { now, ...changes }), idp)) }, terms);

/** As it arrives in another thread. */
const handedOver = (examination: Examination): Examination => unpacked(structuredClone(packed(examination)));

describe('An examination', () => {
  it('is in another thread what it was in its own, with times and attributes', () => {
    const examination = examined({
      attributes: { groups: ['a', 'b "c"\u2028'], ['__proto__']: ['x'], é: [''] },
    });
    const there = handedOver(examination);
    expect(examination.claims).toBeDefined();
    expect(there).toEqual(structuredClone(examination));
    expect(there.claims!.notOnOrAfter.getTime()).toBe(examination.claims!.notOnOrAfter.getTime());
    expect([...there.claims!.attributes]).toEqual([...examination.claims!.attributes]);
  });

  it('is refused there as it was here, check by check', () => {
    for (const changes of [{ audience: 'https://other.test' }, { nameId: null }]) {
      const examination = examined(changes);
      expect(examination.refusal).toBeDefined();
      expect(handedOver(examination)).toEqual(structuredClone(examination));
    }
    const nothing = examine({ samlResponse: 'nothing' }, terms);
    expect(handedOver(nothing)).toEqual(nothing);
  });
});
