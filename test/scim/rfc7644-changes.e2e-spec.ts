import { randomUUID } from 'node:crypto';
import { type AuditRow, startApp, type TestApp } from '../support/app';
import {
  ENTERPRISE,
  expectScimError,
  PATCH_OP,
  type ScimClient,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

describe('RFC 7644, changing and deleting users', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
  });
  afterAll(() => app.close());

  const read = async (id: string) => (await scim.get(`/Users/${id}`).expect(200)).body as ScimUser;
  const found = async (client: ScimClient, filter: string) =>
    ((await client.find(filter).expect(200)).body.Resources as ScimUser[]).map(({ userName }) => userName);

  describe('§3.5.1 replacing', () => {
    it('keeps what is sent and forgets what is not', async () => {
      const { id, userName } = await scim.create({
        title: 'A',
        nickName: 'B',
        [ENTERPRISE]: { department: 'D' },
      });
      const { body } = await scim
        .put(`/Users/${id}`, { schemas: [USER], id, userName, title: 'C' })
        .expect(200);
      expect(body).toMatchObject({ id, userName, title: 'C', active: true });
      expect(body).not.toHaveProperty('nickName');
      expect(body).not.toHaveProperty([ENTERPRISE]);
      expect(await read(id)).toEqual(body);
    });

    it('falls back to the userName for an address that is taken away', async () => {
      const { id } = await scim.create({ emails: [{ value: 'old@acme.test' }] });
      const { body } = await scim
        .put(`/Users/${id}`, { schemas: [USER], userName: 'Fall@acme.test', emails: null })
        .expect(200);
      expect(body.emails).toEqual([{ value: 'fall@acme.test', type: 'work', primary: true }]);
      const again = await scim
        .put(`/Users/${id}`, { schemas: [USER], userName: 'fall', emails: null })
        .expect(200);
      expect(again.body.emails).toEqual([{ value: 'fall@acme.test', type: 'work', primary: true }]);
    });

    it('of a userName takes the address along that stands for it, and none that was sent', async () => {
      const address = (name: string) => `${name}-${randomUUID()}@acme.test`;
      const [first, second, third] = [address('first'), address('second'), address('third')];
      const { id } = await scim.create({ userName: first });
      await scim.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Boss' }).expect(200);
      const { body: moved } = await scim
        .patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: second })
        .expect(200);
      expect(moved.emails).toEqual([{ value: second, type: 'work', primary: true }]);
      expect(await read(id)).toEqual(moved);
      const sent = await scim.create({ userName: third, emails: [{ value: third }] });
      const { body: stayed } = await scim
        .patch(`/Users/${sent.id}`, { op: 'replace', value: { userName: first } })
        .expect(200);
      expect(stayed).toMatchObject({ userName: first, emails: [{ value: third }] });
    });

    it('of somebody without an address, sent again without one, changes nothing and writes nothing', async () => {
      const { id, userName } = await scim.create({ emails: [{ value: 'gone@acme.test' }] });
      const sent = { schemas: [USER], userName, emails: null };
      const { body: once } = await scim.put(`/Users/${id}`, sent).expect(200);
      const [{ data }] = (await app.auditEvents(workspace.id, 'scim.user_updated')).slice(-1) as [AuditRow];
      expect(data.changes).toEqual({
        emails: {
          before: [{ value: 'gone@acme.test' }],
          after: [{ value: userName, type: 'work', primary: true }],
        },
      });
      const before = await app.auditEvents(workspace.id);
      const { body: twice } = await scim.put(`/Users/${id}`, sent).expect(200);
      expect(twice).toEqual(once);
      const removed = await scim.patch(`/Users/${id}`, { op: 'remove', path: 'emails' }).expect(200);
      expect(removed.body).toEqual(once);
      expect(await app.auditEvents(workspace.id)).toHaveLength(before.length);
    });

    it('by PATCH takes nobody’s last address away: it is refused, and nothing of it happens', async () => {
      const { id } = await scim.create({
        userName: 'no-address',
        emails: [{ value: 'only@acme.test', type: 'work' }],
      });
      const before = await read(id);
      for (const operation of [
        { op: 'remove', path: 'emails' },
        { op: 'remove', path: 'emails[type eq "work"]' },
        { op: 'remove', path: 'emails[type eq "work"].value' },
        { op: 'replace', path: 'emails', value: [] },
        { op: 'replace', value: { displayName: 'Other', emails: [] } },
      ]) {
        expectScimError(await scim.patch(`/Users/${id}`, operation), 400, 'mutability');
      }
      expect(await read(id)).toEqual(before);
      // Sent back without them, as RFC 7644 section 3.5.1 lets clients do, the address stays, and is still not removed.
      await scim.put(`/Users/${id}`, { schemas: [USER], userName: 'no-address' }).expect(200);
      expectScimError(await scim.patch(`/Users/${id}`, { op: 'remove', path: 'emails' }), 400, 'mutability');
      const moved = await scim
        .patch(
          `/Users/${id}`,
          { op: 'remove', path: 'emails' },
          { op: 'replace', path: 'userName', value: 'now@acme.test' },
        )
        .expect(200);
      expect(moved.body.emails).toEqual([{ value: 'now@acme.test', type: 'work', primary: true }]);
      const nobody = await scim.create({ userName: 'countess-of-nothing', emails: null });
      await scim.patch(`/Users/${nobody.id}`, { op: 'remove', path: 'emails' }).expect(200);
    });

    it('without active leaves the state as it is', async () => {
      const { id, userName } = await scim.create({ active: false });
      const { body } = await scim.put(`/Users/${id}`, { schemas: [USER], userName }).expect(200);
      expect(body.active).toBe(false);
    });

    it('answers 409 for the names of another', async () => {
      const [one, other] = [await scim.create(), await scim.create()];
      const response = await scim.put(`/Users/${one.id}`, { schemas: [USER], userName: other.userName });
      expectScimError(response, 409, 'uniqueness');
      expect(await read(one.id)).toEqual(one);
    });

    it('of a user as it was read changes nothing and writes nothing', async () => {
      const user = await scim.create({ title: 'Same', emails: [{ value: 'same@acme.test', primary: true }] });
      const before = await app.auditEvents(workspace.id);
      const { body } = await scim.put(`/Users/${user.id}`, user).expect(200);
      expect(body).toEqual(user);
      expect(await app.auditEvents(workspace.id)).toHaveLength(before.length);
    });
  });

  describe('§3.5.2 patching', () => {
    it.each([false, 'False', 'false', [false]])(
      'active: %j deactivates, with and without path',
      async (value) => {
        for (const operation of [{ path: 'active', value }, { value: { active: value } }]) {
          const { id } = await scim.create();
          const { body } = await scim.patch(`/Users/${id}`, { op: 'Replace', ...operation }).expect(200);
          expect(body.active).toBe(false);
          expect((await read(id)).active).toBe(false);
        }
      },
    );

    it('moves lastModified and the version when something changed, and only then', async () => {
      const user = await scim.create({ title: 'A' });
      const { body: same } = await scim
        .patch(`/Users/${user.id}`, { op: 'replace', path: 'title', value: 'A' })
        .expect(200);
      expect(same).toEqual(user);
      const { body: changed } = await scim
        .patch(`/Users/${user.id}`, { op: 'replace', path: 'title', value: 'B' })
        .expect(200);
      expect(changed.meta.version).not.toBe(user.meta.version);
      expect(Date.parse(changed.meta.lastModified)).toBeGreaterThan(Date.parse(user.meta.lastModified));
    });

    it.each<[string, object, string]>([
      ['§3.5.2.2 a remove without path', { op: 'remove' }, 'noTarget'],
      ['§3.5.2.2 a remove of userName', { op: 'remove', path: 'userName' }, 'mutability'],
      ['§3.5.2 a remove of active', { op: 'remove', path: 'active' }, 'mutability'],
      ['§3.5.2 a change of id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
      [
        '§3.5.2.3 a filter that selects nothing',
        { op: 'replace', path: 'ims[value co "x"].value', value: 'y' },
        'noTarget',
      ],
      ['§3.5.2 an unknown attribute', { op: 'add', path: 'nonsense', value: 'x' }, 'invalidPath'],
      ['§3.5.2 an unknown op', { op: 'copy', path: 'title', value: 'x' }, 'invalidSyntax'],
      [
        '§3.12 a value of the wrong type',
        { op: 'replace', path: 'active', value: 'perhaps' },
        'invalidValue',
      ],
      ['§3.12 a blank userName', { op: 'replace', path: 'userName', value: '  ' }, 'invalidValue'],
    ])('%s is refused and nothing is done', async (_clause, operation, scimType) => {
      const user = await scim.create();
      const title = { op: 'add', path: 'title', value: 'half done' };
      expectScimError(await scim.patch(`/Users/${user.id}`, title, operation), 400, scimType);
      expect(await read(user.id)).toEqual(user);
    });

    it.each([{}, [], 'x', { Operations: 'x' }, { schemas: [USER], Operations: [] }])(
      'is not %j',
      async (body) => {
        const { id } = await scim.create();
        expectScimError(await scim.patchRaw(`/Users/${id}`, JSON.stringify(body)), 400, 'invalidSyntax');
      },
    );

    it('answers 409 for the names of another', async () => {
      const [one, other] = [await scim.create(), await scim.create()];
      const operation = { op: 'replace', path: 'userName', value: other.userName.toUpperCase() };
      expectScimError(await scim.patch(`/Users/${one.id}`, operation), 409, 'uniqueness');
    });

    it('loses none of many changes at the same time', async () => {
      const { id } = await scim.create();
      const values = Array.from({ length: 12 }, (_, index) => `r${index}`);
      await Promise.all(
        values.map((value) =>
          scim.patch(`/Users/${id}`, { op: 'add', path: 'roles', value: [{ value }] }).expect(200),
        ),
      );
      const { roles } = (await read(id)) as unknown as { roles: { value: string }[] };
      expect(roles.map(({ value }) => value).sort()).toEqual([...values].sort());
    });
  });

  describe('§3.6 deleting', () => {
    it('answers 204, then 404; the row stays', async () => {
      const { id, userName } = await scim.create();
      await scim.delete(`/Users/${id}`).expect(204);
      expectScimError(await scim.delete(`/Users/${id}`), 404);
      expectScimError(await scim.get(`/Users/${id}`), 404);
      expect(await found(scim, `userName eq "${userName}"`)).toEqual([]);
      const [row] = await app.sql('select removed_at is not null as removed from members where id = $1', [
        id,
      ]);
      expect(row).toEqual({ removed: true });
    });
  });

  describe('§3.14 versions', () => {
    it('a change of another version is 412 and not done', async () => {
      const user = await scim.create({ title: 'A' });
      const patch = { op: 'replace', path: 'title', value: 'B' };
      expectScimError(await scim.with({ 'if-match': 'W/"old"' }).patch(`/Users/${user.id}`, patch), 412);
      expectScimError(await scim.with({ 'if-match': 'W/"old"' }).put(`/Users/${user.id}`, user), 412);
      expectScimError(await scim.with({ 'if-match': 'W/"old"' }).delete(`/Users/${user.id}`), 412);
      expect(await read(user.id)).toEqual(user);
      const { headers } = await scim
        .with({ 'if-match': user.meta.version })
        .patch(`/Users/${user.id}`, patch)
        .expect(200);
      await scim
        .with({ 'if-match': `"x", ${headers.etag}` })
        .delete(`/Users/${user.id}`)
        .expect(204);
    });

    it('a change is made where If-Match and If-None-Match both hold, and not where one of them does', async () => {
      const { id, meta } = await scim.create();
      const patch = (headers: Record<string, string>) =>
        scim.with(headers).patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'B' });
      const before = await read(id);
      expectScimError(await patch({ 'if-match': meta.version, 'if-none-match': meta.version }), 412);
      expectScimError(await patch({ 'if-match': '*', 'if-none-match': '*' }), 412);
      expectScimError(await patch({ 'if-match': '"old"', 'if-none-match': '"old"' }), 412);
      expect(await read(id)).toEqual(before);
      await patch({ 'if-match': meta.version, 'if-none-match': '"old"' }).expect(200);
    });

    it.each(['/Users', '/Groups'])(
      'whoever reads another version than they want is told 412: %s',
      async (place) => {
        const { id, meta } = await (place === '/Users' ? scim.create() : scim.createGroup());
        const path = `${place}/${id}`;
        const other = scim.with({ 'if-match': 'W/"old"' });
        expectScimError(await other.get(path), 412);
        expectScimError(await other.with({ 'if-none-match': meta.version }).get(path), 412);
        expectScimError(await other.get(`${place}/${randomUUID()}`), 404);
        const wanted = scim.with({ 'if-match': `"old", ${meta.version}` });
        expect((await wanted.get(path).expect(200)).body.id).toBe(id);
        const { headers } = await wanted.with({ 'if-none-match': meta.version }).get(path).expect(304);
        expect(headers.etag).toBe(meta.version);
        const head = (header: string, value: string) =>
          app.http(scim.token).head(`/scim/v2${path}`).set(header, value);
        expect((await head('if-match', meta.version).expect(200)).headers.etag).toBe(meta.version);
        await head('if-match', '"old"').expect(412);
        await head('if-none-match', meta.version).expect(304);
      },
    );
  });

  it(`knows ${PATCH_OP} in any case`, async () => {
    const { id } = await scim.create();
    await scim.patchRaw(`/Users/${id}`, { schemas: [PATCH_OP.toUpperCase()], operations: [] }).expect(200);
  });
});
