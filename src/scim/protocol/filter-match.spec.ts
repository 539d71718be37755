import { parseFilter } from './filter';
import { elementFor, matches } from './filter-match';
import type { ScimObject } from './scim-value';
import { typed, typedWithin } from './typed-filter';
import { ENTERPRISE_URN, USERS } from './user-schema';

const ada: ScimObject = {
  id: '0198f0a0-0000-7000-8000-000000000000',
  userName: 'Ada.ΑΣ',
  externalId: 'E1',
  active: true,
  title: '',
  name: { givenName: 'Ada', familyName: 'Byron', middleName: '' },
  emails: [
    { value: 'ada@acme.test', type: 'work', primary: true },
    { value: 'ada@home.test', type: 'home' },
  ],
  [ENTERPRISE_URN]: { manager: { value: 'u9' }, department: 'R&D' },
  meta: { created: '2026-01-31T09:00:00.123Z' },
};
const holds = (text: string) => matches(typed(parseFilter(text), USERS), ada);

describe('A filter in memory', () => {
  it.each([
    'userName eq "ADA.ασ"',
    'username sw "ada"',
    'userName ew "ΑΣ"',
    'userName gt "ada"',
    'userName le "b"',
    'externalId eq "E1"',
    'externalId lt "e"',
    'active eq true',
    'active ne "False"',
    'name.familyName co "YRO"',
    'name pr',
    'emails pr',
    'manager pr',
    'userName eq "x" or active eq true',
    'emails[type eq "other" or type eq "home"]',
    'name[givenName eq "ada" and familyName eq "byron"]',
    'not (title pr)',
    'title eq null',
    'title eq ""',
    'nickName ne "x"',
    'emails eq "ADA@home.test"',
    'emails.type ne "work"',
    'emails[type eq "work" and value sw "ada"]',
    'emails[not (primary eq true)]',
    'emails[type eq "work"].value eq "ada@acme.test"',
    'manager eq "u9"',
    `${ENTERPRISE_URN}:department eq "r&d"`,
    'meta.created eq "2026-01-31T09:00:00.1239Z"',
    'meta.created ge "2026-01-31T10:00:00+01:00"',
    'meta.created ge "2026-01-31T09:00:00.123Z"',
    'meta.created le "2026-01-31T09:00:00.123Z"',
    'meta.created lt "2026-01-31T09:00:01"',
    'phoneNumbers eq null',
  ])('holds: %s', (text) => {
    expect(holds(text)).toBe(true);
  });

  it.each([
    'externalId eq "e1"',
    'userName eq "ada"',
    'title pr',
    'title ne null',
    'emails[type eq "work"].value eq "ada@home.test"',
    'emails[type eq "home" and primary eq false]',
    'phoneNumbers.value ne "x"',
    'phoneNumbers pr',
    'manager ne "u9"',
    'meta.created gt "2026-01-31T09:00:00.123Z"',
    'meta.created lt "2026-01-31T09:00:00.123Z"',
    'meta.created ge "2026-01-31T09:00:00.124Z"',
    'meta.created le "2026-01-31T09:00:00.122Z"',
    'userName eq "x" or active eq false',
    'name.middleName pr',
  ])('does not hold: %s', (text) => {
    expect(holds(text)).toBe(false);
  });
});

describe('The element a filter describes', () => {
  const emails = USERS.resolve({ attribute: 'emails' })!.attribute;
  const described = (text: string) => elementFor(typedWithin(parseFilter(text), emails));

  it('is made of the values it names', () => {
    expect(described('type eq "work"')).toEqual({ type: 'work' });
    expect(described('type eq "work" and primary eq "True"')).toEqual({ type: 'work', primary: true });
  });

  it('is unknown when it names none, or other than by equality', () => {
    expect(described('type ne "work"')).toBeUndefined();
    expect(described('type eq "work" or type eq "home"')).toBeUndefined();
    expect(described('type eq "work" and value sw "x"')).toBeUndefined();
    expect(described('type eq null')).toBeUndefined();
  });
});
