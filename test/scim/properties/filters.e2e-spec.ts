import fc from 'fast-check';
import { ScimError } from '../../../src/scim/protocol/errors';
import { matches } from '../../../src/scim/protocol/filter-match';
import { readFilter } from '../../../src/scim/protocol/filter-sql';
import type { ScimObject } from '../../../src/scim/protocol/scim-value';
import { USERS } from '../../../src/scim/protocol/user-schema';
import { startApp, type TestApp } from '../../support/app';
import { ENTERPRISE, type ScimClient, scimWorkspace, USER } from '../../support/scim-client';

const SEED = 20_251_125;
const PEOPLE = 40;

const WORDS = [
  'a',
  'A',
  'ab',
  'Ba',
  'é',
  'É',
  'ß',
  'İ',
  'ς',
  '𝔘',
  '%',
  '_',
  '.*',
  '"',
  '\\',
  ' ',
  "'; --",
  '0',
  'true',
];
const word = fc.constantFrom(...WORDS);
const someone = fc.record(
  {
    title: word,
    nickName: word,
    displayName: word,
    externalId: word,
    locale: word,
    active: fc.boolean(),
    name: fc.record({ givenName: word, familyName: word, middleName: word }, { requiredKeys: [] }),
    phoneNumbers: fc.array(
      fc.record(
        { value: word, type: fc.constantFrom('work', 'home', 'Mobile'), primary: fc.boolean() },
        { requiredKeys: ['value'] },
      ),
      { maxLength: 3 },
    ),
    roles: fc.array(fc.record({ value: word }), { maxLength: 2 }),
    [ENTERPRISE]: fc.record({ department: word, employeeNumber: word }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

const quoted = word.map((text) => JSON.stringify(text));
const textual = fc.constantFrom(
  'title',
  'TITLE',
  'nickName',
  'displayName',
  'externalId',
  'locale',
  'userName',
  'name.givenName',
  'name.familyName',
  'name.middleName',
  `${USER}:title`,
  `${ENTERPRISE}:department`,
  `${ENTERPRISE}:employeeNumber`,
  'phoneNumbers.value',
  'phoneNumbers.type',
  'phoneNumbers',
  'roles',
  'roles.value',
);
const operator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'Eq', 'CO');
const comparison = fc.tuple(textual, operator, quoted).map((parts) => parts.join(' '));
const present = fc
  .oneof(textual, fc.constantFrom('name', 'active', 'meta.created'))
  .map((name) => `${name} pr`);
const truth = fc
  .tuple(fc.constantFrom('active', 'phoneNumbers.primary'), fc.constantFrom('eq', 'ne'), fc.boolean())
  .map((parts) => parts.join(' '));
const element = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.constantFrom('value', 'type', 'display'), operator, quoted).map((parts) => parts.join(' ')),
      fc.constantFrom(
        'type eq "work"',
        'type eq "mobile"',
        'primary eq true',
        'not (type eq "work")',
        'type pr',
      ),
    ),
    fc.constantFrom('and', 'or'),
    fc.constantFrom('type eq "home"', 'value pr', 'primary eq true', 'value co "a"'),
  )
  .map((parts) => `phoneNumbers[${parts.join(' ')}]`);
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    present,
    truth,
    element,
    fc.tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')).map((parts) => parts.join(' ')),
    tie('filter').map((inner) => `not (${inner})`),
    tie('filter').map((inner) => `(${inner})`),
  ),
}));

/** The database answers a filter exactly as reading every resource would: no collation or null in between. */
describe('A filter over stored users', () => {
  let app: TestApp;
  let scim: ScimClient;
  let everybody: ScimObject[];

  beforeAll(async () => {
    app = await startApp();
    ({ scim } = await scimWorkspace(app));
    for (const fields of fc.sample(someone, { seed: SEED, numRuns: PEOPLE })) await scim.create(fields);
    everybody = (await scim.get('/Users?count=200').expect(200)).body.Resources as ScimObject[];
    expect(everybody).toHaveLength(PEOPLE + 1);
  });
  afterAll(() => app.close());

  it('finds those for whom it holds, and tells their number; or is refused in both places', async () => {
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        const { status, body } = await scim.get('/Users').query({ filter: text, count: '200' });
        const expected = inMemory(text, everybody);
        if (expected === undefined) {
          expect([text, status]).toEqual([text, 400]);
          return;
        }
        expect([text, status]).toEqual([text, 200]);
        expect([text, idsOf(body.Resources as ScimObject[])]).toEqual([text, idsOf(expected)]);
        expect(body.totalResults).toBe(expected.length);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('splits everybody into those who satisfy it and those who satisfy its negation', async () => {
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        const count = async (asked: string) => {
          const { status, body } = await scim.get('/Users').query({ filter: asked, count: '0' });
          return status === 200 ? (body.totalResults as number) : undefined;
        };
        const holds = await count(text);
        if (holds === undefined) return;
        expect([text, holds + (await count(`not (${text})`))!]).toEqual([text, everybody.length]);
      }),
      { seed: SEED + 1, numRuns: 40 },
    );
  });
});

function inMemory(text: string, resources: readonly ScimObject[]): ScimObject[] | undefined {
  try {
    const read = readFilter(text, (name) => USERS.resolve(name));
    return resources.filter((resource) => matches(read, resource));
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

function idsOf(resources: readonly ScimObject[]): string[] {
  return resources.map(({ id }) => id as string).sort();
}
