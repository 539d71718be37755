import { randomUUID } from 'node:crypto';
import { uuidV7 } from '../../src/crypto/uuid-v7';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

describe('A secret', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({ PUBLIC_URL: service.baseUrl }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const store = async (terms: object = {}): Promise<string> =>
    (
      await admin
        .post('/v1/secrets')
        .send({ name: 'billing', value: 'first', ...terms })
        .expect(201)
    ).body.id as string;
  const reveal = (id: string, body: object = {}, who = admin) =>
    who.post(`/v1/secrets/${id}/reveal`).send(body);
  const accesses = () => service.auditEvents(workspace.id, 'secret.accessed');

  describe('with versions', () => {
    const put = (id: string, value: string) => admin.put(`/v1/secrets/${id}`).send({ value }).expect(200);
    const versions = async (id: string): Promise<object[]> =>
      (await admin.get(`/v1/secrets/${id}/versions`).expect(200)).body.data;

    it('keeps the values of before, and reveals each by its number', async () => {
      const id = await store();
      expect((await put(id, 'second')).body).toMatchObject({ version: 2 });
      await put(id, 'third');
      expect(await versions(id)).toMatchObject([
        { version: 3, status: 'current' },
        { version: 2, status: 'previous' },
        { version: 1, status: 'previous' },
      ]);
      expect((await reveal(id).expect(200)).body).toEqual({ value: 'third' });
      expect((await reveal(id, { version: 1 }).expect(200)).body).toEqual({ value: 'first' });
      expect((await reveal(id, { version: 2 }).expect(200)).body).toEqual({ value: 'second' });
      await reveal(id, { version: 4 }).expect(404);
      for (const version of [0, 1.5, 'two', null]) await reveal(id, { version }).expect(400);
      expect((await accesses()).map(({ data }) => data.version)).toEqual([3, 1, 2]);
      expect(JSON.stringify(await versions(id))).not.toContain('first');
    });

    it('has an old value again, as a new version, or no more at all', async () => {
      const id = await store();
      await put(id, 'second');
      const { body } = await admin.post(`/v1/secrets/${id}/versions/1/restore`).expect(200);
      expect(body).toMatchObject({ version: 3 });
      expect((await reveal(id)).body).toEqual({ value: 'first' });

      await admin.delete(`/v1/secrets/${id}/versions/2`).expect(204);
      expect(await versions(id)).toMatchObject([{}, { version: 2, status: 'destroyed' }, {}]);
      const [row] = await service.sql(
        'select ciphertext from secret_versions where secret_id = $1 and version = 2',
        [id],
      );
      expect(row).toEqual({ ciphertext: null });
      for (const [request, code] of [
        [reveal(id, { version: 2 }), 'version_destroyed'],
        [admin.post(`/v1/secrets/${id}/versions/2/restore`), 'version_destroyed'],
        [admin.delete(`/v1/secrets/${id}/versions/2`), 'version_destroyed'],
        [admin.delete(`/v1/secrets/${id}/versions/3`), 'version_current'],
      ] as const) {
        expect((await request.expect(409)).body.code).toBe(code);
      }
      for (const number of ['9', '0', 'one'])
        await admin.delete(`/v1/secrets/${id}/versions/${number}`).expect(404);
      expect(await service.auditEvents(workspace.id, 'secret.version_destroyed')).toMatchObject([
        { risk: 'high' },
      ]);
    });

    it('does not open an old value in the place of another', async () => {
      const id = await store();
      await put(id, 'second');
      await put(id, 'third');
      await service.sql(
        `update secret_versions set ciphertext = (select ciphertext from secret_versions where secret_id = $1 and version = 2)
          where secret_id = $1 and version = 1`,
        [id],
      );
      await reveal(id, { version: 1 }).expect(500);
    });

    it('gets each of several new values at once as a version of its own', async () => {
      const id = await store();
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? service : second)
            .http(workspace.admin.accessToken)
            .put(`/v1/secrets/${id}`)
            .send({ value: `v${index}` })
            .expect(200),
        ),
      );
      expect(await versions(id)).toHaveLength(9);
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? service : second)
            .http(workspace.admin.accessToken)
            .post(`/v1/secrets/${id}/versions/1/restore`)
            .expect(200),
        ),
      );
      expect(await versions(id)).toHaveLength(17);
    });
  });

  it('is read for a reason where one is asked for, which stands in the log', async () => {
    const id = await store({ reasonRequired: true });
    for (const body of [{}, { reason: '' }, { reason: null }, { reason: 'a\nb' }]) {
      expect((await reveal(id, body).expect(400)).body.code).toBe('validation_failed');
    }
    expect(await accesses()).toEqual([]);
    await reveal(id, { reason: 'Restoring the database' }).expect(200);
    expect(await accesses()).toMatchObject([{ risk: 'high', data: { reason: 'Restoring the database' } }]);
  });

  it('is read no more often than allowed, however many try at once', async () => {
    const id = await store({ revealsPerHour: 3 });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        reveal(id, {}, (index % 2 ? service : second).http(workspace.admin.accessToken)),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    const late = answers.find(({ status }) => status !== 200)!;
    expect(late).toMatchObject({ status: 429, body: { code: 'reveal_limit' } });
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(3000);
    expect(await accesses()).toHaveLength(3);
    const begun = (minutes: number) =>
      service.sql(`update secrets set reveal_window_at = now() - make_interval(mins => $2) where id = $1`, [
        id,
        minutes,
      ]);
    // The hour begins with the first look, and all of the next hour is good again.
    await begun(59);
    expect(Number((await reveal(id).expect(429)).headers['retry-after'])).toBeLessThanOrEqual(60);
    await begun(61);
    await reveal(id).expect(200);
    await begun(59);
    for (const status of [200, 200, 429]) await reveal(id).expect(status);
    expect(Number((await reveal(id).expect(429)).headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  it('tells in its log of every refusal, once an hour for the same caller and code', async () => {
    const id = await store({ reasonRequired: true, revealsPerHour: 1 });
    const refusals = async () =>
      (await service.auditEvents(workspace.id, 'secret.access_refused')).map(
        ({ actor_id, target_id, data }) => [actor_id, target_id, data.code],
      );
    const asked = { reason: 'Restoring the database' };
    await reveal(id, asked).expect(200);
    expect(await refusals()).toEqual([]);
    await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        reveal(id, asked, (index % 2 ? service : second).http(workspace.admin.accessToken)).expect(429),
      ),
    );
    expect(await refusals()).toEqual([[workspace.admin.userId, id, 'reveal_limit']]);

    await reveal(id).expect(400);
    const viewer = await service.member(workspace, 'viewer');
    await reveal(id, asked, service.http(viewer.accessToken)).expect(403);
    await reveal(randomUUID(), asked).expect(404);
    await reveal(id, asked).expect(429);
    const other = await service.member(workspace, 'viewer');
    await reveal(id, asked, service.http(other.accessToken)).expect(403);
    const all = await refusals();
    expect(all).toHaveLength(4);
    expect(all).toEqual(
      expect.arrayContaining([
        [workspace.admin.userId, id, 'validation_failed'],
        [viewer.userId, id, 'forbidden'],
        [other.userId, id, 'forbidden'],
      ]),
    );
    const [event] = await service.auditEvents(workspace.id, 'secret.access_refused');
    expect(event).toMatchObject({ risk: 'medium', target_type: 'secret', data: { name: 'billing' } });
  });

  it('tells in its log of every refused secret, and of the same refusal anew when an hour has passed', async () => {
    const ids = [await store({ reasonRequired: true }), await store({ name: 'b', reasonRequired: true })];
    for (const id of ids) await reveal(id).expect(400);
    const refused = async () =>
      (await service.auditEvents(workspace.id, 'secret.access_refused')).map(({ target_id }) => target_id);
    expect(await refused()).toEqual(ids);
    const minutesAgo = (id: string, minutes: number) =>
      service.sql(`update audit_events set id = $2 where target_id = $1 and type = 'secret.access_refused'`, [
        ...[id, uuidV7(Date.now() - minutes * 60_000)],
      ]);
    await minutesAgo(ids[0]!, 59);
    await minutesAgo(ids[1]!, 61);
    // An instance that has refused nobody yet knows of it by the log alone.
    for (const id of ids) await reveal(id, {}, second.http(workspace.admin.accessToken)).expect(400);
    expect(await refused()).toEqual([ids[1], ids[0], ids[1]]);
  });

  it('asks for less from now on only with an event of high risk', async () => {
    const id = await store({ reasonRequired: true, approvalRequired: true, revealsPerHour: 5 });
    const change = (terms: object) => admin.patch(`/v1/secrets/${id}`).send(terms).expect(200);
    await change({ name: 'renamed', revealsPerHour: 4 });
    await change({ reasonRequired: false });
    await change({ revealsPerHour: null });
    await change({ approvalRequired: false });
    await change({ approvalRequired: false });
    const events = await service.auditEvents(workspace.id, 'secret.updated');
    expect(events.map(({ risk }) => risk)).toEqual(['medium', 'high', 'high', 'high']);
    for (const wrong of [{ revealsPerHour: 0 }, { approvalRequired: 'no' }, { value: 'x' }])
      await admin.patch(`/v1/secrets/${id}`).send(wrong).expect(400);
  });

  it('has in the log what was so before each change, however many come at once', async () => {
    const id = await store({ revealsPerHour: 100 });
    const change = (index: number) => {
      const who = (index % 2 ? service : second).http(workspace.admin.accessToken);
      return index % 4 === 3
        ? who.put(`/v1/secrets/${id}`).send({ value: `v${index}`, name: `name ${index}` })
        : who.patch(`/v1/secrets/${id}`).send({ name: `name ${index}`, revealsPerHour: index + 1 });
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => change(index).expect(200)));
    const events = await service.auditEvents(workspace.id, 'secret.updated');
    const names = events.map(({ data }) => data as { before: { name: string }; after: { name: string } });
    expect(names).toHaveLength(12);
    expect(names.slice(1).map(({ before }) => before.name)).toEqual(
      names.slice(0, -1).map(({ after }) => after.name),
    );
  });
});
