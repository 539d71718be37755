import { ScimError } from './errors';
import type { FilterColumns } from './filter-sql';
import { compileFilter } from './filter-sql';
import { ENTERPRISE_URN, USERS } from './user-schema';

const columns: FilterColumns = {
  resolve: (name) => USERS.resolve(name),
  columns: new Map([
    ['id', { sql: 'm.id', kind: 'uuid' }],
    ['userName', { sql: 'm.user_name', kind: 'text' }],
    ['externalId', { sql: 'm.external_id', kind: 'text' }],
    ['active', { sql: '(m.removed_at is null)', kind: 'boolean' }],
    ['emails', { sql: 'm.emails', kind: 'elements' }],
    [`${ENTERPRISE_URN}:manager.value`, { sql: 'm.manager', kind: 'text' }],
  ]),
};
const compiled = (text: string) => compileFilter(text, columns);

describe('A filter as SQL', () => {
  it('carries every value as a parameter', () => {
    const attack = `x' or '1'='1`;
    expect(compiled(`externalId eq "${attack}"`)).toEqual({
      sql: 'm.external_id = $1::text',
      parameters: [attack],
    });
  });

  it('compares as the schema says: userName in any case, externalId exactly', () => {
    expect(compiled('USERNAME eq "Ada"').sql).toBe('lower(m.user_name) = lower($1::text)');
    expect(compiled('externalId sw "A"').sql).toBe('starts_with(m.external_id, $1::text)');
  });

  it('prefers the folded column, which an index serves', () => {
    const folded = {
      ...columns,
      columns: new Map([['userName', { sql: 'a', folded: 'b', kind: 'text' as const }]]),
    };
    expect(compileFilter('userName eq "Ada"', folded).sql).toBe('b = lower($1::text)');
  });

  it('takes booleans in every spelling', () => {
    expect(compiled('active eq true').sql).toBe('(m.removed_at is null)');
    expect(compiled('active eq "False"').sql).toBe('not (m.removed_at is null)');
  });

  it('treats what is absent as not equal', () => {
    expect(compiled('externalId ne "x"').sql).toBe('not coalesce(m.external_id = $1::text, false)');
    expect(compiled('not (externalId eq "x")').sql).toBe('not coalesce(m.external_id = $1::text, false)');
    expect(compiled('externalId eq null').sql).toBe('m.external_id is null');
  });

  it('finds no row for an id that is none', () => {
    expect(compiled('id eq "x"')).toEqual({ sql: 'false', parameters: [] });
  });

  it('looks for one element that satisfies the whole of a value path', () => {
    const { sql, parameters } = compiled('emails[type eq "work"].value eq "a@b.c"');
    expect(sql).toBe(
      `exists (select from jsonb_array_elements(m.emails) as element where ` +
        `(lower((element ->> 'type')) = lower($1::text) and lower((element ->> 'value')) = lower($2::text)))`,
    );
    expect(parameters).toEqual(['work', 'a@b.c']);
    expect(compiled('emails eq "a@b.c"').sql).toBe(compiled('emails.value eq "a@b.c"').sql);
  });

  it("joins conditions as they stand: Entra's reference check", () => {
    const id = '3f0c7d54-6f0e-7d53-9a3c-0f6a2f7f6f11';
    expect(compiled(`id eq "${id}" and manager eq "u9"`)).toEqual({
      sql: '(m.id = $1::uuid and m.manager = $2::text)',
      parameters: [id, 'u9'],
    });
  });

  it.each([
    'userName',
    'userName gt "a"',
    'active gt true',
    'active eq "yes"',
    'userName eq 5',
    'userName co null',
    'id sw "3"',
    'title eq "x"',
    'name.givenName eq "x"',
    'password eq "x"',
    'nonsense eq "x"',
    '__proto__ eq "x"',
    'constructor eq "x"',
    'userName.x eq "x"',
    'userName[value eq "x"]',
    'emails[nonsense eq "x"]',
    'emails[emails[value eq "x"]]',
    'emails.value eq "\\u0000"',
    'userName eq "\\ud800"',
  ])('refuses %s rather than answer it wrongly', (text) => {
    expect(() => compiled(text)).toThrow(ScimError);
    try {
      compiled(text);
    } catch (error) {
      expect((error as ScimError).body()).toMatchObject({ status: '400', scimType: 'invalidFilter' });
    }
  });
});
