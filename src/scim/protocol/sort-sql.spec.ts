import { ScimError } from './errors';
import { compileSort } from './sort-sql';
import { type Elements, elementsOf, type Expression, sqlAttributes } from './sql-attributes';
import { USERS } from './user-schema';

const attributes = sqlAttributes(
  USERS,
  'm.scim',
  new Map<string, Expression | Elements>([
    ['userName', { kind: 'text', sql: 'm.user_name', key: 'm.user_name_key', always: true }],
    ['externalId', { kind: 'text', sql: 'm.external_id' }],
    ['meta.created', { kind: 'dateTime', sql: 'm.created_at' }],
    ['emails', elementsOf('m.emails')],
    ['roles', { ...elementsOf('m.roles'), where: 'element.member_id = m.id' }],
  ]),
);
const sorted = (by: string, isElsewhere?: (name: string) => boolean) =>
  compileSort(by, false, USERS, attributes, isElsewhere);

describe('An order as SQL (RFC 7644 section 3.4.2.3)', () => {
  it('is that of the letters in lower case, by the key that an index serves where there is one', () => {
    expect(sorted('userName')).toEqual({
      sql: 'm.user_name_key',
      type: 'text',
      always: true,
      descending: false,
    });
    expect(sorted('displayName')?.sql).toMatch(/^lower\(.*\) collate "C"$/);
  });

  it('is exact for what is caseExact, and may have nothing to sort by', () => {
    expect(sorted('externalId')).toMatchObject({ sql: 'm.external_id collate "C"', always: false });
  });

  it('takes the attribute however it is spelled', () => {
    expect(sorted(' USERNAME ')).toEqual(sorted('userName'));
    expect(sorted('meta.created')).toMatchObject({ sql: 'm.created_at', type: 'timestamptz' });
  });

  it('goes by the primary value of an attribute with several, else the first, of this resource alone', () => {
    const { sql } = sorted('emails')!;
    expect(sql).toMatch(
      /^lower\(\(select .* from .*m\.emails.* order by .*primary.*, element\.place limit 1\)\) collate "C"$/,
    );
    expect(sorted('emails.value')!.sql).toBe(sql);
    expect(sorted('roles')!.sql).toMatch(/ where element\.member_id = m\.id order by /);
  });

  it('is by the rule of the part that is named, not of the whole', () => {
    const upper = (name: string) => /^lower\(/.test(sorted(name)!.sql);
    expect([upper('emails.value'), upper('x509Certificates.value')]).toEqual([true, false]);
  });

  it('is none for what resources of another type have, and refused for what nobody has', () => {
    expect(sorted('members', (name) => name === 'members')).toBeUndefined();
    for (const name of ['members', 'name', 'addresses', 'meta', '']) {
      expect(() => sorted(name)).toThrow(ScimError);
    }
  });
});
