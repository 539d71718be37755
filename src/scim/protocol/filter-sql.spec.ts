import { ScimError } from './errors';
import { compileFilter } from './filter-sql';
import { type Elements, elementsOf, type Expression, sqlAttributes } from './sql-attributes';
import { ENTERPRISE_URN, USER_URN, USERS } from './user-schema';

const attributes = sqlAttributes(
  USERS,
  'm.scim',
  new Map<string, Expression | Elements>([
    ['id', { kind: 'id', sql: 'm.id' }],
    ['userName', { kind: 'text', sql: 'm.user_name', key: 'm.user_name_key' }],
    ['externalId', { kind: 'text', sql: 'm.external_id' }],
    ['displayName', { kind: 'text', sql: 'm.display_name' }],
    ['active', { kind: 'boolean', sql: '(m.removed_at is null)' }],
    ['meta.created', { kind: 'dateTime', sql: 'm.created_at' }],
    [
      'emails',
      {
        ...elementsOf('m.emails'),
        among: ({ name }, key) => (name === 'value' ? `m.id in (${key()})` : undefined),
      },
    ],
    [
      'ims',
      {
        ...elementsOf('m.ims'),
        among: ({ name }, key) => (name === 'value' ? `m.id in (${key()})` : undefined),
        ids: ({ name }, key) => (name === 'value' ? `select ${key()}` : undefined),
      },
    ],
  ]),
);
const compiled = (text: string) => compileFilter(text, (name) => USERS.resolve(name), attributes);
const FROM_EMAILS = `exists (select from jsonb_array_elements(m.emails) with ordinality as element (value, place) where`;

describe('A filter as SQL', () => {
  it('carries every value as a parameter', () => {
    const attack = `x' or '1'='1`;
    expect(compiled(`externalId eq "${attack}"`)).toEqual({
      sql: 'm.external_id = $1::text',
      parameters: [attack],
    });
  });

  it('compares as the schema says: displayName in any case, externalId exactly', () => {
    expect(compiled('DISPLAYNAME eq "Ada"')).toEqual({
      sql: 'lower(m.display_name) = $1::text',
      parameters: ['ada'],
    });
    expect(compiled('externalId sw "A"').sql).toBe('starts_with(m.external_id, $1::text)');
  });

  it('prefers the key, which an index serves: for equality, and for how a name begins as a range', () => {
    expect(compiled('userName eq "Ada"')).toEqual({
      sql: 'm.user_name_key = $1::text',
      parameters: ['ada'],
    });
    expect(compiled('userName sw "Ad"')).toEqual({
      sql: '(m.user_name_key >= $1::text and m.user_name_key < $2::text)',
      parameters: ['ad', 'ae'],
    });
  });

  it('takes booleans in every spelling', () => {
    expect(compiled('active eq true').sql).toBe('(m.removed_at is null)');
    expect(compiled('active eq "False"').sql).toBe('not (m.removed_at is null)');
  });

  it('treats what is absent as not equal, and null as absent', () => {
    expect(compiled('externalId ne "x"').sql).toBe('not coalesce(m.external_id = $1::text, false)');
    expect(compiled('not (externalId eq "x")').sql).toBe('not coalesce(m.external_id = $1::text, false)');
    expect(compiled('externalId eq null').sql).toBe(`not coalesce(m.external_id <> '', false)`);
    expect(compiled('externalId ne null').sql).toBe(`m.external_id <> ''`);
  });

  it('finds every attribute of the schema, those of the document by paths that no client wrote', () => {
    expect(compiled('name.familyName co "y"').sql).toBe(
      `position($1::text in lower((m.scim #>> '{"name","familyName"}'))) > 0`,
    );
    expect(compiled(`${ENTERPRISE_URN}:costCenter gt "1"`).sql).toBe(
      `lower((m.scim #>> '{"${ENTERPRISE_URN}","costCenter"}')) collate "C" > $1::text`,
    );
    expect(compiled('addresses.country eq "DE"').sql).toContain(`m.scim #> '{"addresses"}'`);
  });

  it('compares times to the millisecond, which is what answers show', () => {
    expect(compiled('meta.created eq "2026-01-31T10:00:00.5+01:00"')).toEqual({
      sql: '(m.created_at >= to_timestamp($1::float8 / 1000) and m.created_at < to_timestamp($2::float8 / 1000))',
      parameters: [String(Date.UTC(2026, 0, 31, 9, 0, 0, 500)), String(Date.UTC(2026, 0, 31, 9, 0, 0, 501))],
    });
    expect(compiled('meta.created gt "2026-01-31T09:00:00Z"').sql).toBe(
      'm.created_at >= to_timestamp($1::float8 / 1000)',
    );
  });

  it('finds no row for an id that is none', () => {
    expect(compiled('id eq "x"')).toEqual({ sql: 'false', parameters: [] });
    expect(compiled('id sw "01"').sql).toBe('starts_with(m.id::text, $1::text)');
  });

  it('looks for one element that satisfies the whole of a value path, by an index where there is one', () => {
    const { sql, parameters } = compiled('emails[type eq "work"].value eq "A@b.c"');
    expect(sql).toBe(
      `(m.id in ($3) and ${FROM_EMAILS} ((lower((element.value ->> 'type')) = $1::text ` +
        `and lower((element.value ->> 'value')) = $2::text))))`,
    );
    expect(parameters).toEqual(['work', 'a@b.c', 'a@b.c']);
    expect(compiled('emails eq "a@b.c"').sql).toBe(compiled('emails.value eq "a@b.c"').sql);
    expect(compiled('emails[not (value eq "a@b.c")]').sql).not.toContain('m.id in');
  });

  it.each([
    'ims eq "A"',
    'ims.value eq "A"',
    'ims[value eq "A"]',
    'ims[type eq "work" and value eq "A"]',
    'active eq true and (ims.value eq "A" and title pr)',
  ])('says who they can be that satisfy %s, and looks nobody up besides', (text) => {
    const { ids, parameters, sql } = compiled(text);
    expect(ids).toBe('select $1::text');
    expect(parameters[0]).toBe('a');
    expect(sql).toContain('m.ims');
    expect(sql).not.toContain('m.id in');
  });

  it.each(['ims.value sw "A"', 'ims.type eq "A"', 'not (ims.value eq "A")', 'ims eq "A" or active eq true'])(
    'says nothing of that for %s',
    (text) => {
      expect(compiled(text)).not.toHaveProperty('ids');
    },
  );

  it('asks once what one text may equal, however many values an or joins', () => {
    const { sql, ids, parameters } = compiled('ims.value eq "A" or ims.type eq "work" or ims.value eq "B"');
    expect(ids).toBeUndefined();
    expect(sql).toMatch(
      /^\(\(m\.id in \(any\(\$2::text\[\]\)\) and exists \(.*= any\(\$1::text\[\]\)\)\)\) or exists/,
    );
    expect(parameters.slice(0, 2)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(compiled('ims.value eq "A" or ims[value eq "B"]').ids).toBe('select any($1::text[])');
    expect(compiled('userName eq "A" or userName eq "B"')).toEqual({
      sql: 'm.user_name_key = any($1::text[])',
      parameters: [['a', 'b']],
    });
    const id = '3f0c7d54-6f0e-7d53-9a3c-0f6a2f7f6f11';
    expect(compiled(`id eq "${id}" or id eq "${id}"`).sql).toBe('(m.id = $1::uuid or m.id = $2::uuid)');
  });

  it('numbers its parameters behind those of a condition before it', () => {
    const { sql, parameters } = compileFilter(
      'externalId eq "b"',
      (name) => USERS.resolve(name),
      attributes,
      ['a'],
    );
    expect([sql, parameters]).toEqual(['m.external_id = $2::text', ['a', 'b']]);
  });

  it('takes brackets behind an attribute with one value for its parts', () => {
    expect(compiled('name[familyName eq "x" or givenName eq "y"]').sql).toContain(
      `(lower((m.scim #>> '{"name","familyName"}')) = $1::text or lower((m.scim #>> '{"name","givenName"}')) = $2::text)`,
    );
  });

  it("joins conditions as they stand: Entra's reference check", () => {
    const id = '3f0c7d54-6f0e-7d53-9a3c-0f6a2f7f6f11';
    expect(compiled(`id eq "${id}" and manager eq "u9"`)).toEqual({
      sql: `(m.id = $1::uuid and (m.scim #>> '{"${ENTERPRISE_URN}","manager","value"}') = $2::text)`,
      parameters: [id, 'u9'],
    });
  });

  it.each([
    'userName',
    'active gt true',
    'active co true',
    'active eq "yes"',
    'userName eq 5',
    'userName co null',
    'userName gt null',
    'meta.created co "2026-01-31T09:00:00Z"',
    'meta.created sw "2026-01-31T09:00:00Z"',
    'meta.created ew "2026-01-31T09:00:00Z"',
    'meta.created gt "yesterday"',
    'meta.created gt "0000-01-01T00:00:00Z"',
    'meta.created gt "2026-02-30T00:00:00Z"',
    'x509Certificates.value gt "a"',
    'x509Certificates.value ge "a"',
    'x509Certificates.value lt "a"',
    'x509Certificates.value le "a"',
    `emails[${USER_URN}:value eq "x"]`,
    'emails[value.x eq "x"]',
    'name eq "x"',
    'addresses eq "x"',
    'meta.version eq "x"',
    'password eq "x"',
    'nonsense eq "x"',
    'nonsense pr',
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
