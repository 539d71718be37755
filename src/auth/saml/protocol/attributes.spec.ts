import { profileOf, type SamlAttributeMapping } from './attributes';

const profile = (
  attributes: Record<string, string[]>,
  mapping: SamlAttributeMapping = {},
  nameId = 'opaque-1',
) => profileOf({ attributes: new Map(Object.entries(attributes)), nameId }, mapping);

const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';

describe('Who an assertion speaks of', () => {
  it('is told by the plain names administrators type, in any capitalisation', () => {
    expect(
      profile({
        EMAIL: ['ada@acme.test'],
        FirstName: ['Ada'],
        last_name: ['Lovelace'],
        Groups: ['a', 'b'],
        department: ['Analysis'],
      }),
    ).toEqual({
      email: 'ada@acme.test',
      givenName: 'Ada',
      familyName: 'Lovelace',
      displayName: 'Ada Lovelace',
      groups: ['a', 'b'],
      department: 'Analysis',
    });
  });

  it('is told by claim URIs, as exact keys', () => {
    expect(
      profile({
        [`${CLAIMS}/emailaddress`]: ['ada@acme.test'],
        [`${CLAIMS}/EMAILADDRESS`]: ['eve@acme.test'],
      }),
    ).toEqual({
      email: 'ada@acme.test',
    });
    expect(profile({ [`${CLAIMS}/EMAILADDRESS`]: ['eve@acme.test'] })).toEqual({});
  });

  it("takes the email address from the NameID when no attribute has one, as with Okta's defaults", () => {
    expect(profile({}, {}, 'ada@acme.test')).toEqual({ email: 'ada@acme.test' });
    expect(profile({ email: [] }, {}, 'ada@acme.test')).toEqual({ email: 'ada@acme.test' });
  });

  it.each([
    '4a0c6f8e-0000-4000-8000-0000000000ad',
    'ada_home.test#EXT#@acme.onmicrosoft.test',
    'ada@',
    'ada',
    '@acme.test',
    'a b@acme.test',
    'ada@acme',
    'ada@acme.test\n',
  ])('does not take %p for an email address', (nameId) => {
    expect(profile({}, {}, nameId)).toEqual({});
  });

  it('takes an address whose domain is written in its own script', () => {
    expect(profile({ mail: ['ada@bücher.example'] }).email).toBe('ada@bücher.example');
    expect(profile({}, {}, 'ada@bücher.example').email).toBe('ada@bücher.example');
    expect(profile({ mail: ['adà@acme.test'] })).toEqual({});
  });

  it.each(['http://schemas.auth0.com/email_verified', 'email_verified', 'emailVerified'])(
    'does not use an address of which %s says anything but yes',
    (name) => {
      for (const word of ['false', 'False', '0', 'no']) {
        const said = { 'http://schemas.auth0.com/email': ['ada@acme.test'], [name]: [word] };
        expect(profile(said)).toEqual({ emailFault: 'unverified' });
        expect(profile(said, { email: 'http://schemas.auth0.com/email' }).emailFault).toBe('unverified');
        expect(profile({ [name]: [word] }, {}, 'ada@acme.test')).toEqual({ emailFault: 'unverified' });
      }
      for (const word of ['true', 'True', '1'])
        expect(profile({ email: ['ada@acme.test'], [name]: [word] })).toEqual({ email: 'ada@acme.test' });
    },
  );

  it('does not apply that word to what the connection takes for the address instead', () => {
    const said = { upn: ['ada@acme.test'], email_verified: ['false'] };
    expect(profile(said, { email: 'upn' })).toEqual({ email: 'ada@acme.test' });
    expect(profile({ email_verified: ['false'] })).toEqual({});
  });

  it('reads only the mapped attribute where the connection maps one', () => {
    const attributes = {
      mail: ['ada@acme.test'],
      upn: ['ada.l@acme.test'],
      team: ['core'],
      groups: ['everyone'],
    };
    expect(profile(attributes, { email: 'upn', groups: 'team' })).toEqual({
      email: 'ada.l@acme.test',
      groups: ['core'],
    });
    expect(profile(attributes, { email: 'missing' }, 'eve@acme.test')).toEqual({ groups: ['everyone'] });
  });

  it('tells "no groups" from "nothing said about groups"', () => {
    expect(profile({ groups: [] }).groups).toEqual([]);
    expect(profile({}).groups).toBeUndefined();
    expect(
      profile({ 'http://schemas.microsoft.com/claims/groups.link': ['https://graph.test'] }).groups,
    ).toBeUndefined();
  });

  it('names each group once and leaves joined strings alone', () => {
    expect(profile({ memberOf: ['a', 'b', 'a', 'c;d'] }).groups).toEqual(['a', 'b', 'c;d']);
  });

  it('splits joined groups where the connection says by what, and only there', () => {
    expect(profile({ groups: ['eng; ops', 'eng', ';'] }, { groupsSeparator: ';' }).groups).toEqual([
      'eng',
      'ops',
    ]);
    expect(profile({ groups: ['eng,ops;qa'] }, { groupsSeparator: ',' }).groups).toEqual(['eng', 'ops;qa']);
    expect(profile({ groups: [''] }, { groupsSeparator: ';' }).groups).toEqual([]);
  });

  it('knows that groups are unknown when Entra writes a link in their place', () => {
    const link = {
      'http://schemas.microsoft.com/claims/groups.link': ['https://graph.test/getMemberObjects'],
    };
    expect(profile(link)).toEqual({ groupsOverage: true });
    expect(profile({ ...link, groups: ['a'] })).toEqual({ groups: ['a'] });
  });

  it("takes Entra's user principal name for the address of an account without a mailbox", () => {
    expect(profile({ [`${CLAIMS}/name`]: ['ada@acme.test'] }).email).toBe('ada@acme.test');
    const both = { [`${CLAIMS}/emailaddress`]: ['ada.l@acme.test'], [`${CLAIMS}/name`]: ['ada@acme.test'] };
    expect(profile(both).email).toBe('ada.l@acme.test');
  });

  it('does not take the made-up name of a guest for an address', () => {
    const guest = 'ada_home.test#EXT#@acme.onmicrosoft.test';
    expect(profile({ [`${CLAIMS}/name`]: [guest] }, {}, guest)).toEqual({});
  });

  it('asks for an address from nowhere else when the mapped attribute holds none, as a PingOne user ID', () => {
    const nameId = '4a0c6f8e-0000-4000-8000-0000000000ad';
    expect(
      profile({ [`${CLAIMS}/name`]: ['ada@acme.test'] }, { email: 'mail' }, nameId).email,
    ).toBeUndefined();
    expect(profile({ mail: ['ada@acme.test'] }, { email: 'mail' }, nameId).email).toBe('ada@acme.test');
  });

  it("does not take Entra's user principal name for a name", () => {
    expect(
      profile({ [`${CLAIMS}/name`]: ['ada@acme.test'], [`${CLAIMS}/givenname`]: ['Ada'] }).displayName,
    ).toBe('Ada');
    expect(profile({ [`${CLAIMS}/name`]: ['Ada Lovelace'] }).displayName).toBe('Ada Lovelace');
  });
});
