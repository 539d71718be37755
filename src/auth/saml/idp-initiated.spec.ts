import type { Check } from '../../sso-connections/diagnosis/check';
import { isIdpInitiated } from './idp-initiated.service';

const check = (id: string, ok: boolean, received: string | null = null): Check => ({
  ...{ id, ok, received },
  ...{ code: 'saml_unsolicited', expected: 'something' },
});
const GOOD = check('issuer', true, 'https://idp.acme.test');
const UNASKED = [check('confirmation_in_response_to', false), check('response_in_response_to', false)];

describe('A response that nobody asked for', () => {
  it('is good but for the request that it does not name', () => {
    expect(isIdpInitiated([GOOD, ...UNASKED])).toBe(true);
  });

  it.each([
    ['was asked for', [GOOD]],
    [
      'names no request in one of the two places',
      [UNASKED[0]!, check('response_in_response_to', true, '_1')],
    ],
    ['names another request', [UNASKED[0]!, check('response_in_response_to', false, '_1')]],
    ['lacks something else as well', [...UNASKED, check('audience', false)]],
    ['lacks two other things', [check('audience', false), check('destination', false)]],
  ])('is none that %s', (_, checks) => expect(isIdpInitiated(checks)).toBe(false));
});
