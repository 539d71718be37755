import { lacksClaims, profileOf } from './profile';

describe('The profile from an ID token', () => {
  const idToken = {
    sub: '1',
    email: 'ada@acme.test',
    given_name: 'Ada',
    family_name: 'Lovelace',
    name: 'Ada L.',
  };

  it('takes the standard claims', () => {
    expect(profileOf(idToken, {}, {})).toEqual({
      email: 'ada@acme.test',
      givenName: 'Ada',
      familyName: 'Lovelace',
      displayName: 'Ada L.',
    });
  });

  it('fills gaps from userinfo, but believes the ID token first', () => {
    const userinfo = { sub: '1', email: 'eve@acme.test', department: 'Research' };
    expect(profileOf(idToken, userinfo, {})).toMatchObject({
      email: 'ada@acme.test',
      department: 'Research',
    });
  });

  it('takes the word on an address from where the address comes from', () => {
    const userinfo = { email: 'ada@acme.test', email_verified: false };
    expect(profileOf({ sub: '1', email: null, email_verified: true }, userinfo, {})).toEqual({
      emailFault: 'unverified',
    });
    expect(profileOf(idToken, userinfo, {}).email).toBe('ada@acme.test');
  });

  it('takes how and when the person signed in from the ID token alone', () => {
    const event = {
      amr: ['pwd', 'mfa'],
      auth_time: 1_893_499_200,
      sid: 's-1',
      session_expiry: 1_893_502_800,
    };
    expect(profileOf({ ...idToken, ...event }, {}, {})).toMatchObject({
      amr: ['pwd', 'mfa'],
      authenticatedAt: new Date('2030-01-01T12:00:00Z'),
      sessionIndex: 's-1',
      notAfter: new Date('2030-01-01T13:00:00Z'),
    });
    expect(Object.keys(profileOf(idToken, event, {}))).not.toContain('amr');
  });

  it.each([
    ['https://acme.test/groups', { 'https://acme.test/groups': ['a'] }],
    ['acme.groups', { 'acme.groups': ['a'], acme: { groups: ['b'] } }],
    ['urn:groups', { 'urn:groups': 'a' }],
  ])('looks a mapped claim up by its whole name: %s', (groups, claims) => {
    expect(profileOf({ ...idToken, ...claims }, {}, { groups }).groups).toEqual(['a']);
  });

  it.each([
    ['a list', ['a', 'b', 'a'], ['a', 'b']],
    ['one text', 'a', ['a']],
    ['an empty list', [], []],
    ['nothing', undefined, undefined],
    ['an object', { a: 1 }, undefined],
    ['a list with other things', ['a', 1, null, { b: 2 }, 'c\u0000'], ['a']],
  ])('reads groups from %s', (_, groups, expected) => {
    expect(profileOf({ ...idToken, groups }, {}, {}).groups).toEqual(expected);
  });

  it('leaves groups open when there are too many for the token', () => {
    const overage = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://x' } } };
    expect(profileOf({ ...idToken, ...overage }, {}, {})).not.toHaveProperty('groups');
  });

  it.each([
    { email_verified: false },
    { email_verified: 'false' },
    { email_verified: 'False' },
    { email_verified: 'no' },
    { email_verified: {} },
    { xms_edov: false },
    { xms_edov: '0' },
    { email_verified: true, xms_edov: 0 },
  ])('does not use an address with %p', (word) => {
    const profile = profileOf({ ...idToken, ...word }, {}, {});
    expect(profile).toMatchObject({ emailFault: 'unverified' });
    expect(profile).not.toHaveProperty('email');
  });

  it.each([
    ...[{}, { email_verified: true }, { email_verified: 'true' }, { email_verified: 'True' }],
    ...[{ email_verified: null }, { xms_edov: '1' }],
  ])('uses an address with %p', (word) =>
    expect(profileOf({ ...idToken, ...word }, {}, {}).email).toBe('ada@acme.test'),
  );

  it('applies it also where the connection says that the address is in `email`', () => {
    const claims = { ...idToken, email_verified: false };
    expect(profileOf(claims, {}, { email: 'email' })).toMatchObject({ emailFault: 'unverified' });
  });

  it('takes an address whose domain is written in its own script', () => {
    expect(profileOf({ ...idToken, email: 'ada@bücher.example' }, {}, {}).email).toBe('ada@bücher.example');
  });

  it('does not apply the word on `email` to another claim', () => {
    const claims = { preferred_username: 'ada@acme.test', email_verified: false };
    expect(profileOf(claims, {}, { email: 'preferred_username' }).email).toBe('ada@acme.test');
  });

  it.each([
    'ada',
    'ada@acme',
    'ada@@acme.test',
    ' ada@acme.test',
    'ada@acme.test\u0000',
    'ada_home.test#EXT#@acme.onmicrosoft.com',
    '"a b"@acme.test',
    'ada@acme.test,eve@evil.test',
    `${'a'.repeat(250)}@acme.test`,
    ['ada@acme.test'],
    7,
  ])('does not use %p as an address', (email) => {
    const profile = profileOf({ ...idToken, email }, {}, {});
    expect(profile).toMatchObject({ emailFault: 'invalid' });
    expect(profile).not.toHaveProperty('email');
  });

  it('does without names that are not texts or cannot be stored', () => {
    const odd = { given_name: 7, family_name: ['Lovelace'], name: 'Ada\ud800' };
    expect(profileOf({ ...idToken, ...odd }, {}, {})).toEqual({ email: 'ada@acme.test' });
  });

  it('knows when something has to be asked for', () => {
    expect(lacksClaims(idToken, {})).toBe(false);
    expect(lacksClaims(idToken, { email: 'upn' })).toBe(true);
    expect(lacksClaims({ sub: '1' }, {})).toBe(true);
    expect(lacksClaims({ sub: '1', email: null }, {})).toBe(true);
    expect(lacksClaims(idToken, { groups: 'roles' })).toBe(true);
    expect(lacksClaims({ ...idToken, roles: [] }, { groups: 'roles' })).toBe(false);
    expect(lacksClaims({ ...idToken, _claim_names: { roles: 'src1' } }, { groups: 'roles' })).toBe(false);
  });

  it.each([
    ['a pointer to them', { _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } }],
    ['a mark', { hasgroups: true }],
    ['a mark that is a text', { hasgroups: 'true' }],
    ['some of them and a pointer', { groups: ['a'], _claim_names: { groups: 'src1' } }],
  ])('knows no groups from %s, and that there are more', (_, claims) => {
    const profile = profileOf({ ...idToken, ...claims }, {}, {});
    expect(profile.groupsOverage).toBe(true);
    expect(profile).not.toHaveProperty('groups');
    expect(profileOf(idToken, claims, {}).groupsOverage).toBe(true);
  });

  it.each([{ _claim_names: { address: 'src1' } }, { _claim_names: 'groups' }, { hasgroups: false }])(
    'does not take %p for too many groups',
    (claims) => {
      expect(profileOf({ ...idToken, ...claims }, {}, {})).not.toHaveProperty('groupsOverage');
    },
  );

  it.each<[string, unknown]>([
    ['neither a text nor a list', { a: true }],
    ['a list of other things', [{ name: 'a' }, 7]],
  ])('says so when groups are %s', (_, groups) => {
    expect(profileOf({ ...idToken, groups }, {}, {})).toMatchObject({ groupsFault: true });
  });

  it.each<[unknown]>([[[]], ['a'], [['a', 7]], [undefined]])('says no such thing of %p', (groups) => {
    expect(profileOf({ ...idToken, groups }, {}, {})).not.toHaveProperty('groupsFault');
  });
});
