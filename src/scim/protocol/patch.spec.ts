import { patchOf, refusal } from '../../../test/support/scim-patch';
import { applyPatch, PATCH_SCHEMA } from './patch';
import type { ScimObject } from './scim-value';
import { ENTERPRISE_URN, MEMBER_URN, USER_URN, USERS } from './user-schema';

const ada = (): ScimObject => ({
  userName: 'ada@acme.test',
  displayName: 'Ada',
  active: true,
  name: { givenName: 'Ada', familyName: 'Byron' },
  emails: [
    { value: 'ada@acme.test', type: 'work', primary: true },
    { value: 'ada@home.test', type: 'home' },
  ],
  [ENTERPRISE_URN]: { department: 'R&D', manager: { value: 'u1' } },
});

type Operation = Record<string, unknown>;
const work = (result: ScimObject) => (result.emails as ScimObject[])[0];
const patched = patchOf(ada);

describe('A PATCH (RFC 7644 §3.5.2)', () => {
  it('changes nothing when it has no operations', () => {
    expect(patched()).toEqual(ada());
  });

  it('leaves the resource it was given alone', () => {
    const before = ada();
    applyPatch(USERS, before, { Operations: [{ op: 'remove', path: 'emails' }] });
    expect(before).toEqual(ada());
  });

  it('applies operations in order, each on what the one before left', () => {
    const result = patched(
      { op: 'add', path: 'roles', value: [{ value: 'a' }] },
      { op: 'add', path: 'roles', value: { value: 'b' } },
      { op: 'remove', path: 'roles[value eq "a"]' },
    );
    expect(result.roles).toEqual([{ value: 'b' }]);
  });

  describe.each(['Replace', 'replace', 'ADD', 'add'])('with op %s', (op) => {
    it.each([false, 'False', 'false', [false], ['False']])('reads active: %j as false', (value) => {
      expect(patched({ op, path: 'active', value }).active).toBe(false);
      expect(patched({ op, value: { active: value } }).active).toBe(false);
      expect(patched({ op, path: `${USER_URN}:active`, value }).active).toBe(false);
    });

    it.each([true, 'True', 'true', [true]])('reads active: %j as true', (value) => {
      expect(
        patched({ op: 'replace', path: 'active', value: false }, { op, path: 'Active', value }).active,
      ).toBe(true);
    });

    it.each(['yes', '', 0, 1, {}, [true, false]])('refuses active: %j', (value) => {
      expect(refusal(() => patched({ op, path: 'active', value }))).toEqual({
        status: 400,
        scimType: 'invalidValue',
      });
    });
  });

  describe('with a path', () => {
    it('sets an attribute and a part of one, whatever the case of the names', () => {
      const result = patched(
        { op: 'Replace', path: 'DisplayName', value: 'Ada L' },
        { op: 'Replace', path: 'name.familyname', value: 'Lovelace' },
      );
      expect(result).toMatchObject({
        displayName: 'Ada L',
        name: { givenName: 'Ada', familyName: 'Lovelace' },
      });
    });

    it('reaches an extension by URN, by its bare name and as a whole', () => {
      expect(
        patched({ op: 'Add', path: `${ENTERPRISE_URN}:costCenter`, value: '7' })[ENTERPRISE_URN],
      ).toEqual({
        department: 'R&D',
        manager: { value: 'u1' },
        costCenter: '7',
      });
      expect(patched({ op: 'add', path: 'department', value: 'Ops' })[ENTERPRISE_URN]).toMatchObject({
        department: 'Ops',
      });
      expect(
        patched({ op: 'replace', path: ENTERPRISE_URN, value: { division: 'D' } })[ENTERPRISE_URN],
      ).toMatchObject({
        division: 'D',
        department: 'R&D',
      });
      expect(patched({ op: 'remove', path: ENTERPRISE_URN })).not.toHaveProperty([ENTERPRISE_URN]);
    });

    it('begins an extension that the resource has not', () => {
      const bare = applyPatch(
        USERS,
        { userName: 'ada' },
        { Operations: [{ op: 'add', path: `${ENTERPRISE_URN}:department`, value: 'Ops' }] },
      );
      expect(bare).toEqual({ userName: 'ada', [ENTERPRISE_URN]: { department: 'Ops' } });
    });

    it('takes the URN of the core schema for all that can be changed of it', () => {
      const value = { displayName: 'Ada L', groups: [] };
      expect(patched({ op: 'replace', path: USER_URN, value })).toEqual({ ...ada(), displayName: 'Ada L' });
    });

    it('unwraps a list of one around a value', () => {
      expect(patched({ op: 'add', path: 'title', value: ['Engineer'] }).title).toBe('Engineer');
      expect(patched({ op: 'add', path: 'name', value: [{ givenName: 'Augusta' }] }).name).toEqual({
        ...{ givenName: 'Augusta', familyName: 'Byron' },
      });
      expect(
        work(patched({ op: 'add', path: 'emails[type eq "work"]', value: [{ display: 'Ada' }] })),
      ).toMatchObject({ value: 'ada@acme.test', display: 'Ada' });
    });

    it('takes null for no value in a replace and for nothing in an add', () => {
      for (const path of ['displayName', 'name', 'emails', `${ENTERPRISE_URN}:manager`]) {
        expect(patched({ op: 'add', path, value: null })).toEqual(ada());
      }
      expect(patched({ op: 'replace', path: 'name', value: null })).not.toHaveProperty('name');
      const selected = 'emails[type eq "home"]';
      expect(patched({ op: 'add', path: selected, value: null })).toEqual(ada());
      expect(patched({ op: 'replace', path: selected, value: null }).emails).toHaveLength(1);
    });

    it('removes what has one value whatever is said of it', () => {
      expect(patched({ op: 'remove', path: 'displayName', value: 'x' })).not.toHaveProperty('displayName');
      const name = { givenName: 'Augusta' };
      expect(patched({ op: 'remove', path: 'name', value: name })).not.toHaveProperty('name');
      expect(patched({ op: 'remove', path: 'name.givenName', value: 'x' }).name).toEqual({
        familyName: 'Byron',
      });
      const home = { op: 'remove', path: 'emails[type eq "home"]', value: { value: 'x' } };
      expect(patched(home).emails).toHaveLength(1);
    });

    it('removes an attribute, a part of one, and forgets what became empty', () => {
      const result = patched(
        { op: 'remove', path: 'displayName' },
        { op: 'remove', path: 'name.givenName' },
        { op: 'remove', path: 'name.familyName' },
        { op: 'Remove', path: `${ENTERPRISE_URN}:department` },
        { op: 'Remove', path: `${ENTERPRISE_URN}:manager` },
      );
      expect(Object.keys(result)).toEqual(['userName', 'active', 'emails']);
    });

    it.each([
      ['a list with an object', [{ $ref: 'http://x/Users/u9', value: 'u9' }]],
      ['a bare string', 'u9'],
      ['an object', { value: 'u9' }],
      ['an object with a name that nobody keeps', { value: 'u9', displayName: 'Nine' }],
    ])('reads a manager given as %s', (_shape, value) => {
      const expected = { department: 'R&D', manager: { value: 'u9' } };
      expect(patched({ op: 'Replace', path: `${ENTERPRISE_URN}:manager`, value })[ENTERPRISE_URN]).toEqual(
        expected,
      );
    });

    it('takes an empty string for no manager', () => {
      const result = patched({ op: 'Replace', path: `${ENTERPRISE_URN}:manager`, value: '' });
      expect(result[ENTERPRISE_URN]).toEqual({ department: 'R&D' });
    });
  });

  describe('without a path', () => {
    it('reads names, dotted names and URNs as keys', () => {
      const result = patched({
        op: 'replace',
        value: {
          displayName: 'Ada L',
          'name.givenName': 'Augusta',
          name: { familyName: 'Lovelace' },
          [`${ENTERPRISE_URN}:employeeNumber`]: '42',
          [ENTERPRISE_URN]: { costCenter: '7', department: null },
          'emails[type eq "home"].value': 'h@home.test',
        },
      });
      expect(result).toEqual({
        ...ada(),
        displayName: 'Ada L',
        name: { givenName: 'Augusta', familyName: 'Lovelace' },
        emails: [
          { value: 'ada@acme.test', type: 'work', primary: true },
          { value: 'h@home.test', type: 'home' },
        ],
        [ENTERPRISE_URN]: { manager: { value: 'u1' }, employeeNumber: '42', costCenter: '7' },
      });
    });

    it('takes null for an extension for all of it in a replace, and for nothing in an add', () => {
      const value = { [ENTERPRISE_URN]: null };
      expect(patched({ op: 'replace', value })).not.toHaveProperty([ENTERPRISE_URN]);
      expect(patched({ op: 'add', value })).toEqual(ada());
      expect(patched({ op: 'add', path: null, value })).toEqual(ada());
    });

    it('may select two elements of one attribute', () => {
      const value = { 'emails[type eq "home"].display': 'H', 'emails[type eq "work"].display': 'W' };
      const emails = patched({ op: 'replace', value }).emails as ScimObject[];
      expect(emails.map(({ display }) => display)).toEqual(['W', 'H']);
    });

    it('may repeat what the server says of a member, and not change it', () => {
      const member = { ...ada(), [MEMBER_URN]: { role: 'admin' } };
      const says = (role: string) => () =>
        applyPatch(USERS, member, { Operations: [{ op: 'replace', value: { [MEMBER_URN]: { role } } }] });
      expect(says('admin')()).toEqual(member);
      expect(refusal(says('viewer'))).toEqual({ status: 400, scimType: 'mutability' });
    });

    it('passes over what is read-only or unknown', () => {
      const value = { id: 'x', meta: {}, groups: [], password: 'secret', nonsense: 1, 'a b': 2, schemas: [] };
      expect(patched({ op: 'replace', value })).toEqual(ada());
    });

    it('takes null for no value in a replace and for nothing in an add', () => {
      expect(patched({ op: 'replace', value: { displayName: null } })).not.toHaveProperty('displayName');
      expect(patched({ op: 'add', value: { displayName: null } })).toEqual(ada());
    });

    it('is harmless with the names of object machinery', () => {
      const value = JSON.parse(
        '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
      ) as object;
      const result = patched({ op: 'replace', value }, { op: 'add', path: 'name', value });
      expect(result).toEqual(ada());
      expect(({} as Record<string, unknown>).admin).toBeUndefined();
    });
  });

  it.each<[string, Operation, string]>([
    ['a remove without path', { op: 'remove' }, 'noTarget'],
    ['a remove of what is required', { op: 'remove', path: 'userName' }, 'mutability'],
    [
      'a replace of what is required by nothing',
      { op: 'replace', path: 'userName', value: null },
      'mutability',
    ],
    ['a change of id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    ['a change of meta', { op: 'replace', path: 'meta.created', value: 'x' }, 'mutability'],
    ['a change of groups', { op: 'add', path: 'groups', value: [] }, 'mutability'],
    [
      'a change of an extension that is not its own',
      { op: 'add', path: MEMBER_URN, value: {} },
      'mutability',
    ],
    ['a remove of an extension that is not its own', { op: 'remove', path: MEMBER_URN }, 'mutability'],
    [
      'a change of the name of a manager, which no schema here has',
      { op: 'replace', path: `${ENTERPRISE_URN}:manager.displayName`, value: 'x' },
      'invalidPath',
    ],
    ['a remove of the core schema', { op: 'remove', path: USER_URN }, 'mutability'],
    ['a replace of the core schema by nothing', { op: 'replace', value: { [USER_URN]: null } }, 'mutability'],
    [
      'an attribute that is there twice',
      { op: 'replace', value: { title: 'a', Title: 'b' } },
      'invalidSyntax',
    ],
    [
      'a part that is there twice',
      { op: 'replace', path: 'name', value: { givenName: 'a', GivenName: 'b' } },
      'invalidSyntax',
    ],
    ['two of what has one', { op: 'replace', path: 'name', value: [{}, {}] }, 'invalidValue'],
    [
      'a filter that means nothing',
      { op: 'replace', path: 'emails[primary gt true].value', value: 'z' },
      'invalidFilter',
    ],
    ['an unknown attribute', { op: 'replace', path: 'nonsense', value: 1 }, 'invalidPath'],
    ['an unknown part', { op: 'replace', path: 'name.nonsense', value: 1 }, 'invalidPath'],
    ['an unknown schema', { op: 'replace', path: 'urn:x:y:z', value: 1 }, 'invalidPath'],
    ['a path that is none', { op: 'replace', path: 'emails[type', value: 1 }, 'invalidPath'],
    ['a path with a tail', { op: 'replace', path: 'title; drop', value: 1 }, 'invalidPath'],
    ['a filter on one value', { op: 'replace', path: 'name[givenName eq "x"]', value: 1 }, 'invalidPath'],
    [
      'a filter on an unknown part',
      { op: 'replace', path: 'emails[x eq "y"].value', value: 'z' },
      'invalidPath',
    ],
    ['a path that is no text', { op: 'replace', path: 5, value: 1 }, 'invalidPath'],
    ['__proto__', { op: 'replace', path: '__proto__.admin', value: true }, 'invalidPath'],
    ['constructor', { op: 'replace', path: 'constructor.prototype', value: true }, 'invalidPath'],
    ['an unknown op', { op: 'move', path: 'title', value: 'x' }, 'invalidSyntax'],
    ['no op', { path: 'title', value: 'x' }, 'invalidSyntax'],
    ['no value', { op: 'replace', path: 'title' }, 'invalidValue'],
    ['a value that is no object without path', { op: 'replace', value: 'x' }, 'invalidValue'],
    ['a number for text', { op: 'replace', path: 'externalId', value: 5 }, 'invalidValue'],
    ['an object for text', { op: 'replace', path: 'title', value: { a: 1 } }, 'invalidValue'],
    ['a number in a list', { op: 'add', path: 'emails', value: [5] }, 'invalidValue'],
    ['text for an object', { op: 'replace', path: 'name', value: 'Ada' }, 'invalidValue'],
    ['a NUL', { op: 'replace', path: 'title', value: 'a\0b' }, 'invalidValue'],
    ['half a character', { op: 'replace', path: 'title', value: '\ud800' }, 'invalidValue'],
    ['text without end', { op: 'replace', path: 'title', value: 'x'.repeat(5_000) }, 'invalidValue'],
  ])('refuses %s', (_what, operation, scimType) => {
    expect(refusal(() => patched(operation))).toEqual({ status: 400, scimType });
  });

  it.each([
    null,
    [],
    'x',
    {},
    { Operations: {} },
    { Operations: [null] },
    { Operations: ['x'] },
    { schemas: 'x', Operations: [] },
    { schemas: [5], Operations: [] },
    { schemas: [USER_URN], Operations: [] },
    { Operations: Array(1_001).fill({ op: 'add', path: 'title', value: 'x' }) },
  ])('refuses a message that is none (%#)', (body) => {
    expect(refusal(() => applyPatch(USERS, ada(), body))).toEqual({ status: 400, scimType: 'invalidSyntax' });
  });

  it('may have as many operations as are taken, and name other schemas besides', () => {
    const Operations = Array(1_000).fill({ op: 'add', path: 'title', value: 'x' }) as Operation[];
    const schemas = ['urn:acme:custom', PATCH_SCHEMA.toLowerCase()];
    expect(applyPatch(USERS, ada(), { schemas, Operations }).title).toBe('x');
  });
});
