import { askedOf, type Demand, owesFactor, type Shown } from './second-factor-rule';

describe('Of whom a second factor is asked', () => {
  const password: Shown = { method: 'password', amr: ['pwd'] };
  const oidc: Shown = { method: 'oidc', amr: [] };
  const demand = (mfaTrustIdp: Demand['mfaTrustIdp'], mfaRequired: Demand['mfaRequired'] = 'off') => ({
    mfaTrustIdp,
    mfaRequired,
  });

  it('is everybody who comes by a password alone, whatever the workspace demands', () => {
    for (const trust of ['evidence', 'always_ask', 'never_ask'] as const)
      expect(askedOf(password, demand(trust))).toBe('everybody');
  });

  it('is nobody who has shown one here', () => {
    const shown = demand('always_ask', 'all');
    expect(askedOf({ ...password, amr: ['pwd', 'otp', 'mfa'] }, shown)).toBe('nobody');
    expect(askedOf({ method: 'passkey', amr: ['swk', 'user', 'mfa'] }, shown)).toBe('nobody');
    expect(askedOf({ ...oidc, evidence: 'own' }, shown)).toBe('nobody');
  });

  it.each([
    ['never_ask', 'all', undefined, 'nobody'],
    ['always_ask', 'off', undefined, 'everybody'],
    ['always_ask', 'off', 'provider', 'everybody'],
    ['evidence', 'off', undefined, 'nobody'],
    ['evidence', 'admins', undefined, 'covered'],
    ['evidence', 'all', 'provider', 'nobody'],
  ] as const)(
    'after single sign-on, by %s and %s with evidence %s, is %s',
    (trust, required, evidence, of) => {
      expect(askedOf({ ...oidc, evidence }, demand(trust, required))).toBe(of);
    },
  );

  it('is owed where the demand covers the role of a member', () => {
    const admins = demand('evidence', 'admins');
    expect(owesFactor(oidc, admins, { role: 'admin' })).toBe(true);
    expect(owesFactor(oidc, admins, { role: 'editor' })).toBe(false);
    expect(owesFactor(password, admins, { role: 'editor' })).toBe(true);
  });
});
