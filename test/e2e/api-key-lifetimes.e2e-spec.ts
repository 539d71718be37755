import { startApp, type TestApp, type TestWorkspace } from '../support/app';

const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();

describe('The life of an API key', () => {
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

  const create = async (input: object = {}, by = admin) =>
    (
      await by
        .post('/v1/api-keys')
        .send({ name: 'import', scopes: ['members:read'], ...input })
        .expect(201)
    ).body as { id: string; key: string; [field: string]: unknown };
  const use = (key: string, app = service) => app.withKey(key).get('/v1/members');

  it('lives no longer than the workspace allows', async () => {
    await admin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { maxLifetimeDays: 30 } })
      .expect(200);
    const { id, expiresAt } = await create();
    expect(Math.abs(Date.parse(expiresAt as string) - Date.now() - 30 * DAY)).toBeLessThan(60_000);
    await create({ expiresAt: inDays(29) });
    for (const tooLong of [inDays(31), null]) {
      const { body } = await admin
        .post('/v1/api-keys')
        .send({ name: 'x', scopes: ['runs:read'], expiresAt: tooLong })
        .expect(400);
      expect(body.errors[0].field).toBe('expiresAt');
      await admin.patch(`/v1/api-keys/${id}`).send({ expiresAt: tooLong }).expect(400);
    }
    // Counted from when it was made.
    await service.sql(`update api_keys set created_at = now() - interval '20 days' where id = $1`, [id]);
    await admin
      .patch(`/v1/api-keys/${id}`)
      .send({ expiresAt: inDays(11) })
      .expect(400);
    await admin
      .patch(`/v1/api-keys/${id}`)
      .send({ expiresAt: inDays(9) })
      .expect(200);
  });

  it('is rotated at once, or with both keys working for a while', async () => {
    const first = await create({ expiresAt: inDays(10) });
    const now = await admin.post(`/v1/api-keys/${first.id}/rotate`).send({}).expect(201);
    expect(now.body).toMatchObject({
      name: 'import',
      status: 'active',
      previous: { id: first.id, status: 'revoked', revokeReason: 'rotated' },
    });
    await use(first.key).expect(401);
    await use(now.body.key).expect(200);

    const later = await admin
      .post(`/v1/api-keys/${now.body.id}/rotate`)
      .send({ overlapSeconds: 600 })
      .expect(201);
    await use(now.body.key).expect(200);
    await use(later.body.key).expect(200);
    const { previous } = later.body;
    expect(Date.parse(previous.expiresAt) - Date.now()).toBeLessThanOrEqual(600_000);
    expect(Math.abs(Date.parse(later.body.expiresAt) - Date.now() - 10 * DAY)).toBeLessThan(60_000);
    expect(await service.auditEvents(workspace.id, 'api_key.rotated')).toMatchObject([
      { target_id: first.id, data: { newKeyId: now.body.id } },
      { target_id: now.body.id, data: { newKeyId: later.body.id } },
    ]);
    const again = await admin.post(`/v1/api-keys/${first.id}/rotate`).send({}).expect(409);
    expect(again.body.code).toBe('api_key_revoked');
    await admin.post(`/v1/api-keys/${later.body.id}/rotate`).send({ overlapSeconds: -1 }).expect(400);
  });

  it('that another one follows ends no later than it was to, and may end sooner', async () => {
    const { id, key } = await create();
    await admin.post(`/v1/api-keys/${id}/rotate`).send({ overlapSeconds: 600 }).expect(201);
    for (const expiresAt of [null, inDays(1)]) {
      const { body } = await admin.patch(`/v1/api-keys/${id}`).send({ expiresAt }).expect(409);
      expect(body.code).toBe('api_key_rotated');
    }
    const sooner = new Date(Date.now() + 60_000).toISOString();
    const { body } = await admin
      .patch(`/v1/api-keys/${id}`)
      .send({ expiresAt: sooner, name: 'old' })
      .expect(200);
    expect(body).toMatchObject({ expiresAt: sooner, name: 'old' });
    await use(key).expect(200);
  });

  it('that has expired does not come back, and may be rotated all the same', async () => {
    const { id, key } = await create();
    await service.sql(
      `update api_keys set created_at = now() - interval '9 days', expires_at = now() - interval '1 second' where id = $1`,
      [id],
    );
    for (const expiresAt of [null, inDays(1)]) {
      const { body } = await admin.patch(`/v1/api-keys/${id}`).send({ expiresAt }).expect(409);
      expect(body.code).toBe('api_key_expired');
    }
    await use(key).expect(401);
    await admin.patch(`/v1/api-keys/${id}`).send({ name: 'Old' }).expect(200);
    const { body } = await admin.post(`/v1/api-keys/${id}/rotate`).send({ overlapSeconds: 600 }).expect(201);
    expect(body.previous).toMatchObject({ id, name: 'Old', status: 'expired' });
    await use(key).expect(401);
    await use(body.key as string).expect(200);
  });

  it('that was to end before the overlap does ends when it was to', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { id } = await create({ expiresAt });
    const { body } = await admin.post(`/v1/api-keys/${id}/rotate`).send({ overlapSeconds: 600 }).expect(201);
    expect(body.previous).toMatchObject({ id, status: 'active', expiresAt });
  });

  it('has left at least a week when the workspace lowers the maximum, and never more than the new one', async () => {
    const [old, young, short] = [await create(), await create(), await create({ expiresAt: inDays(2) })];
    await service.sql(`update api_keys set created_at = now() - interval '100 days' where id = $1`, [old.id]);
    await admin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { maxLifetimeDays: 30 } })
      .expect(200);
    const daysLeft = async (id: string): Promise<number> =>
      Math.round((Date.parse((await admin.get(`/v1/api-keys/${id}`)).body.expiresAt) - Date.now()) / DAY);
    expect([await daysLeft(old.id), await daysLeft(young.id), await daysLeft(short.id)]).toEqual([7, 30, 2]);
    const [event] = await service.auditEvents(workspace.id, 'workspace.policy_updated');
    expect(event!.data).toMatchObject({ apiKeysShortened: 2 });

    // A higher one gives nothing back.
    await admin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { maxLifetimeDays: null } })
      .expect(200);
    expect(await daysLeft(young.id)).toBe(30);
  });

  it('lives no longer than allowed after a rotation, whatever it was given before', async () => {
    const { id } = await create({ expiresAt: inDays(300) });
    await service.sql(
      `update workspace_policies set api_keys_max_lifetime_days = 30 where workspace_id = $1`,
      [workspace.id],
    );
    const { body } = await admin.post(`/v1/api-keys/${id}/rotate`).send({}).expect(201);
    expect(Date.parse(body.expiresAt) - Date.now()).toBeLessThanOrEqual(30 * DAY);
  });
});
