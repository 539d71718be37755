import { startApp } from '../../support/app';
import { ENTERPRISE, expectScimError, parseJson, scimWorkspace, USER } from '../../support/scim-client';
import { ENTRA_USER, InteropStage, type InteropCase } from './interop-case';

const UNKNOWN = '7f9c24e8-3b12-4b6f-9d20-5a0f0f0f0f0f';

/** What requests are answered, and what they lead to. */
export const protocolCases: InteropCase[] = [
  {
    number: 35,
    sentence: 'a PUT may echo meta, groups and id',
    run: async (stage) => {
      const user = await stage.scim.create({ title: 'before' });
      const group = await stage.group('Echo', [user]);
      const groups = [{ value: group.id, display: 'Echo' }];
      await stage.scim
        .put(`/Users/${user.id}`, { groups, ...(await stage.read(user)), title: 'after' })
        .expect(200);
      expect(await stage.read(user)).toMatchObject({ id: user.id, title: 'after' });
      expect(await stage.membersOf(group)).toEqual([user.id]);
    },
  },
  {
    number: 42,
    sentence: 'userName is found in any case, externalId only in its own',
    run: async (stage) => {
      await stage.scim.create({ userName: 'Case@Interop.test', externalId: 'Ext-Case' });
      expect(await stage.total('userName eq "CASE@interop.TEST"')).toBe(1);
      expect(await stage.total('externalId eq "Ext-Case"')).toBe(1);
      expect(await stage.total('externalId eq "ext-case"')).toBe(0);
    },
  },
  {
    number: 43,
    sentence: 'somebody inactive can be read; who is deleted is gone, once and for all',
    run: async (stage) => {
      const user = await stage.scim.create();
      await stage.patched(user, { op: 'replace', path: 'active', value: false });
      expect((await stage.read(user)).active).toBe(false);
      await stage.scim.delete(`/Users/${user.id}`).expect(204);
      expectScimError(await stage.scim.delete(`/Users/${user.id}`), 404);
      expectScimError(await stage.scim.get(`/Users/${user.id}`), 404);
      expectScimError(await stage.scim.get(`/Users/${UNKNOWN}`), 404);
    },
  },
  {
    number: 44,
    sentence: 'a refused token is an error message whose status is text',
    run: async (stage) => {
      const response = await stage.app
        .http('non-token')
        .get('/scim/v2/Users')
        .buffer(true)
        .parse(parseJson as never);
      expectScimError(response, 401);
      expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
    },
  },
  {
    number: 45,
    sentence: 'creating somebody who is there but inactive is a conflict: reactivation is a PATCH',
    run: async (stage) => {
      const user = await stage.scim.create();
      await stage.patched(user, { op: 'replace', path: 'active', value: false });
      expectScimError(
        await stage.scim.post('/Users', { schemas: [USER], userName: user.userName, active: true }),
        409,
        'uniqueness',
      );
      expect((await stage.read(user)).active).toBe(false);
      expect(await stage.patched(user, { op: 'replace', path: 'active', value: true })).toMatchObject({
        id: user.id,
        active: true,
      });
    },
  },
  {
    number: 50,
    sentence: 'a password is accepted, and is afterwards nowhere',
    run: async (stage) => {
      const password = 'x8Rnd-Password-Of-Okta';
      const user = await stage.scim.create({ password });
      await stage.scim.put(`/Users/${user.id}`, { ...user, password }).expect(200);
      await stage.scim.patch(`/Users/${user.id}`, { op: 'replace', value: { password } }).expect(200);
      expect(JSON.stringify(await stage.read(user))).not.toMatch(/password/i);
      const [found] = await stage.app.sql(
        `select exists (select from members m where to_jsonb(m)::text like $1)
             or exists (select from users u where to_jsonb(u)::text like $1)
             or exists (select from audit_events a where to_jsonb(a)::text like $1) as anywhere`,
        [`%${password}%`],
      );
      expect(found).toEqual({ anywhere: false });
    },
  },
  {
    number: 52,
    sentence: 'pages count from 1, by whole numbers, none too long',
    run: async (stage) => {
      const importing = new InteropStage(stage.app, await scimWorkspace(stage.app));
      for (let count = 0; count < 4; count += 1) await importing.scim.create();
      const page = async (parameters: string) =>
        (await importing.scim.get(`/Users?${parameters}`).expect(200)).body;
      expect(await page('count=0')).toMatchObject({ totalResults: 5, itemsPerPage: 0, Resources: [] });
      expect(await page('startIndex=0&count=2')).toMatchObject({ startIndex: 1, itemsPerPage: 2 });
      expect(await page('startIndex=5&count=2')).toMatchObject({
        startIndex: 5,
        itemsPerPage: 1,
        totalResults: 5,
      });
      expect(await page('count=100000')).toMatchObject({ itemsPerPage: 5, totalResults: 5 });
      expect(await page('startIndex=100')).toMatchObject({ totalResults: 5, Resources: [] });
    },
  },
  {
    number: 53,
    sentence: 'who has to wait is told so by 429 and whole seconds',
    run: async (stage) => {
      const { app } = stage;
      const busy = new InteropStage(app, await scimWorkspace(app));
      await app
        .http(busy.workspace.admin.accessToken)
        .patch('/v1/workspace/policy')
        .send({ scim: { massChange: { members: 1, percent: 10 } } })
        .expect(200);
      const people = [];
      for (let count = 0; count < 9; count += 1) people.push(await busy.scim.create());
      await app.sql(`update members set created_at = now() - interval '30 days' where workspace_id = $1`, [
        busy.workspace.id,
      ]);
      const answers = [];
      for (const { id } of people.slice(0, 4)) {
        answers.push(await busy.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }));
      }
      const held = answers.at(-1)!;
      expectScimError(held, 429);
      expect(held.headers['retry-after']).toMatch(/^\d+$/);
    },
  },
  {
    number: 56,
    sentence: 'who is deactivated loses sessions, tokens and API keys at once',
    run: async (stage) => {
      const { app, workspace } = stage;
      const person = await app.member(workspace, 'editor');
      const { body: key } = await app
        .http(person.accessToken)
        .post('/v1/api-keys')
        .send({ name: 'ci', scopes: ['runs:read'] });
      await app.http(person.accessToken).get('/v1/auth/me').expect(200);
      await stage.patched({ id: person.memberId }, { op: 'replace', path: 'active', value: false });
      await app.http(person.accessToken).get('/v1/auth/me').expect(401);
      await app.http().post('/v1/auth/refresh').send({ refreshToken: person.refreshToken }).expect(401);
      if (key.key)
        await app
          .withKey(key.key as string)
          .get('/v1/auth/me')
          .expect(401);
    },
  },
  {
    number: 57,
    sentence: 'the last admin stays, and the directory reads why',
    run: async (stage) => {
      const { memberId } = stage.workspace.admin;
      const response = await stage.scim.patch(`/Users/${memberId}`, {
        op: 'Replace',
        path: 'active',
        value: 'False',
      });
      expectScimError(response, 409);
      expect(response.body.detail).toMatch(/admin/);
      expect((await stage.read({ id: memberId })).active).toBe(true);
    },
  },
  {
    number: 58,
    sentence: 'who was never deactivated can be deleted',
    run: async (stage) => {
      const user = await stage.scim.create();
      await stage.scim.delete(`/Users/${user.id}`).expect(204);
      const [row] = await stage.app.sql(
        'select removed_at is not null as removed from members where id = $1',
        [user.id],
      );
      expect(row).toEqual({ removed: true });
    },
  },
  {
    number: 59,
    sentence: 'the documents about the server are complete enough to map attributes by',
    run: async (stage) => {
      const { body: schemas } = await stage.scim.get('/Schemas').expect(200);
      const urns = (schemas.Resources as { id: string }[]).map(({ id }) => id);
      expect(urns).toEqual(expect.arrayContaining([USER, ENTERPRISE]));
      const { body: types } = await stage.scim.get('/ResourceTypes').expect(200);
      expect((types.Resources as { endpoint: string }[]).map(({ endpoint }) => endpoint)).toEqual(
        expect.arrayContaining(['/Users', '/Groups']),
      );
      const { body: config } = await stage.scim.get('/ServiceProviderConfig').expect(200);
      expect(config).toMatchObject({ patch: { supported: true }, filter: { supported: true } });
    },
  },
  {
    number: 61,
    sentence: 'a user and a group that only test the connection come and go',
    run: async (stage) => {
      const { body: user } = await stage.scim
        .post('/Users', ENTRA_USER('jumpcloud-test@interop.test'))
        .expect(201);
      const group = await stage.group('JumpCloud test group', [user]);
      await stage.scim.delete(`/Groups/${group.id}`).expect(204);
      await stage.scim.delete(`/Users/${user.id}`).expect(204);
      expect(await stage.total('userName eq "jumpcloud-test@interop.test"')).toBe(0);
      await stage.scim.post('/Users', ENTRA_USER('jumpcloud-test@interop.test')).expect(201);
    },
  },
  {
    number: 62,
    sentence: 'a directory may send more than twenty-five requests a second, with the limits on',
    run: async () => {
      const app = await startApp({ RATE_LIMITS: 'on' });
      try {
        const { scim } = await scimWorkspace(app);
        const statuses = await Promise.all(
          Array.from({ length: 200 }, async () => (await scim.get('/Users?count=1')).status),
        );
        expect(statuses.every((status) => status === 200)).toBe(true);
      } finally {
        await app.close();
      }
    },
  },
];
