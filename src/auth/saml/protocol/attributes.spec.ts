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

  it("does not take Entra's user principal name for a name", () => {
    expect(
      profile({ [`${CLAIMS}/name`]: ['ada@acme.test'], [`${CLAIMS}/givenname`]: ['Ada'] }).displayName,
    ).toBe('Ada');
    expect(profile({ [`${CLAIMS}/name`]: ['Ada Lovelace'] }).displayName).toBe('Ada Lovelace');
  });
});
