import { ENTERPRISE, expectScimError, parseJson, PATCH_OP, USER } from '../../support/scim-client';
import type { InteropCase } from './interop-case';

/** How values, names and operations are spelled. */
export const spellingCases: InteropCase[] = [
  {
    number: 27,
    sentence: 'the name of an operation is read in any case, and none at all is an error',
    run: async (stage) => {
      const user = await stage.scim.create({ title: 'x' });
      expect(await stage.patched(user, { op: 'REPLACE', path: 'title', value: 'a' })).toMatchObject({
        title: 'a',
      });
      expect(await stage.patched(user, { op: 'Add', path: 'title', value: 'b' })).toMatchObject({
        title: 'b',
      });
      expect(await stage.patched(user, { op: 'Remove', path: 'title' })).not.toHaveProperty('title');
      expectScimError(
        await stage.scim.patch(`/Users/${user.id}`, { path: 'title', value: 'c' }),
        400,
        'invalidSyntax',
      );
    },
  },
  {
    number: 28,
    sentence: '"False" and "True" as text lock out and let in',
    run: async (stage) => {
      const user = await stage.scim.create();
      for (const [value, active] of [
        ['False', false],
        ['True', true],
        ['false', false],
        ['true', true],
      ] as const) {
        expect(await stage.patched(user, { op: 'Replace', path: 'active', value })).toMatchObject({ active });
      }
      const sent = await stage.scim.create({ active: 'False' });
      expect(sent.active).toBe(false);
    },
  },
  {
    number: 29,
    sentence: 'dotted names and URNs are keys of a value without path',
    run: async (stage) => {
      const user = await stage.scim.create({ name: { givenName: 'Ada', familyName: 'Byron' } });
      expect(
        await stage.patched(user, {
          op: 'replace',
          value: {
            'name.familyName': 'Lovelace',
            [`${ENTERPRISE}:employeeNumber`]: '42',
            [`${USER}:title`]: 'Countess',
            [ENTERPRISE]: { department: 'Engines' },
          },
        }),
      ).toMatchObject({
        name: { givenName: 'Ada', familyName: 'Lovelace' },
        title: 'Countess',
        [ENTERPRISE]: { employeeNumber: '42', department: 'Engines' },
      });
    },
  },
  {
    number: 30,
    sentence: 'a filter in a path that finds nothing makes what it describes',
    run: async (stage) => {
      const user = await stage.scim.create();
      const after = await stage.patched(
        user,
        { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+1 555' },
        { op: 'Replace', path: 'addresses[type eq "work"].locality', value: 'London' },
        { op: 'replace', path: 'roles[primary eq true].value', value: 'Admin' },
      );
      expect(after).toMatchObject({
        phoneNumbers: [{ type: 'mobile', value: '+1 555' }],
        addresses: [{ type: 'work', locality: 'London' }],
        roles: [{ primary: true, value: 'Admin' }],
      });
    },
  },
  {
    number: 36,
    sentence: 'emails: null in a PUT is no error, and the address stays that of the userName',
    run: async (stage) => {
      const user = await stage.scim.create({ name: { givenName: 'Ada' } });
      await stage.scim
        .put(`/Users/${user.id}`, {
          schemas: [USER],
          id: user.id,
          active: true,
          emails: null,
          name: { givenName: 'Ada', familyName: 'Byron' },
          userName: user.userName,
        })
        .expect(200);
      const [row] = await stage.app.sql('select email from members where id = $1', [user.id]);
      expect(row).toEqual({ email: user.userName });
    },
  },
  {
    number: 37,
    sentence: 'emails as one object instead of a list are a list of one',
    run: async (stage) => {
      const value = 'object@interop.test';
      const user = await stage.scim.create({ emails: { value, type: 'work' } });
      expect(user.emails).toEqual([{ value, type: 'work' }]);
    },
  },
  {
    number: 38,
    sentence: 'URNs from before the RFC, and those of Microsoft, are understood',
    run: async (stage) => {
      const user = await stage.scim.create({
        schemas: ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'],
        'urn:scim:schemas:extension:enterprise:2.0': { department: 'Engines' },
      });
      expect(user).toMatchObject({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { department: 'Engines' } });
      await stage.scim
        .post('/Groups', {
          schemas: [
            'urn:ietf:params:scim:schemas:core:2.0:Group',
            'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
          ],
          externalId: '8aa1',
          displayName: 'Of Microsoft',
          meta: { resourceType: 'Group' },
        })
        .expect(201);
    },
  },
  {
    number: 39,
    sentence: 'both media types are read, with and without charset',
    run: async (stage) => {
      for (const [index, type] of [
        'application/json',
        'application/scim+json',
        'application/json; charset=utf-8',
        'application/scim+json; charset=utf-8',
        'application/scim+json;charset=UTF-8',
      ].entries()) {
        await stage.scim
          .with({ 'content-type': type })
          .post('/Users', { schemas: [USER], userName: `media-${index}@interop.test` })
          .expect(201);
      }
    },
  },
  {
    number: 40,
    sentence: 'filters come in every spelling',
    run: async (stage) => {
      const userName = 'ada.byron@sub.interop.test';
      const user = await stage.scim.create({
        userName,
        displayName: 'Say "hi"',
        emails: [{ value: userName, type: 'work', primary: true }],
      });
      for (const filter of [
        `userName Eq "${userName}"`,
        `USERNAME EQ "${userName}"`,
        `${USER}:userName eq "${userName}"`,
        `emails[type eq "work"].value eq "${userName}"`,
        `emails[type eq "work" and value eq "${userName}"]`,
        `userName eq "${userName}" and active eq true`,
        `userName eq "${userName}" and displayName eq "Say \\"hi\\""`,
      ]) {
        expect([filter, await stage.total(filter)]).toEqual([filter, 1]);
      }
      const quoted = `%22${encodeURIComponent(userName)}%22`;
      for (const path of [
        `/Users?filter=userName+eq+${quoted}`,
        `/Users?filter=userName+eq+${quoted}&`,
        `/Users?aadOptscim062020&filter=userName%20eq%20${quoted}`,
      ]) {
        const { body } = await stage
          .raw(path)
          .parse(parseJson as never)
          .expect(200);
        expect(body.Resources).toEqual([expect.objectContaining({ id: user.id })]);
      }
      await stage.raw(`/Users/${user.id}?`).expect(200);
    },
  },
  {
    number: 46,
    sentence: 'a PATCH without operations succeeds and does nothing',
    run: async (stage) => {
      const user = await stage.scim.create();
      expect(await stage.patched(user)).toEqual(user);
    },
  },
  {
    number: 47,
    sentence: 'a list of one stands for the one value',
    run: async (stage) => {
      const user = await stage.scim.create();
      expect(
        await stage.patched(
          user,
          { op: 'Add', path: 'title', value: ['Engineer'] },
          { op: 'Replace', path: 'active', value: ['False'] },
        ),
      ).toMatchObject({ title: 'Engineer', active: false });
    },
  },
  {
    number: 48,
    sentence: 'a manager comes in four shapes and is answered as an object',
    run: async (stage) => {
      const { id } = await stage.scim.create();
      const path = `${ENTERPRISE}:manager`;
      for (const operation of [
        { op: 'Add', path: 'manager', value: [{ $ref: `http://x.test/Users/${id}`, value: id }] },
        { op: 'add', path, value: id },
        { op: 'replace', path, value: { value: id } },
      ]) {
        const user = await stage.scim.create();
        expect((await stage.patched(user, operation))[ENTERPRISE]).toMatchObject({ manager: { value: id } });
        expect(await stage.patched(user, { op: 'Replace', path, value: '' })).not.toHaveProperty([
          ENTERPRISE,
        ]);
      }
    },
  },
  {
    number: 49,
    sentence: 'a role may be JSON inside text',
    run: async (stage) => {
      const user = await stage.scim.create();
      const value = JSON.stringify({ id: 'r1', value: 'Admin', displayName: 'Admin' });
      expect(await stage.patched(user, { op: 'Add', path: 'roles', value: [value] })).toMatchObject({
        roles: [{ value: 'Admin' }],
      });
    },
  },
  {
    number: 51,
    sentence: 'nulls in a new user are passed over',
    run: async (stage) => {
      const user = await stage.scim.create({
        addresses: null,
        title: null,
        name: { givenName: 'Ada', familyName: null },
        [ENTERPRISE]: { manager: null, department: null },
      });
      expect(user).toMatchObject({ schemas: [USER], name: { givenName: 'Ada' } });
      for (const absent of ['addresses', 'title']) expect(user).not.toHaveProperty(absent);
    },
  },
  {
    number: 55,
    sentence: 'a PATCH that fails in the middle has done nothing',
    run: async (stage) => {
      const user = await stage.scim.create({ title: 'before' });
      const response = await stage.scim.patchRaw(`/Users/${user.id}`, {
        schemas: [PATCH_OP],
        Operations: [
          { op: 'Replace', path: 'title', value: 'after' },
          { op: 'Replace', path: 'active', value: 'False' },
          { op: 'Replace', path: 'nonsense', value: 'x' },
        ],
      });
      expectScimError(response, 400, 'invalidPath');
      expect(await stage.read(user)).toEqual(user);
    },
  },
  {
    number: 60,
    sentence: 'of two primary addresses one is kept as such',
    run: async (stage) => {
      const emails = (
        await stage.scim.create({
          emails: [
            { value: 'one@ping.test', type: 'work', primary: true },
            { value: 'two@ping.test', type: 'home', primary: true },
          ],
        })
      ).emails as { primary?: boolean }[];
      expect(emails).toHaveLength(2);
      expect(emails.filter(({ primary }) => primary)).toHaveLength(1);
    },
  },
];
