import { SecretsService } from '../../src/secrets/secrets.service';
import { Database } from '../../src/database/database';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

const VALUE = 'sk_live_päßwörd "quoted" 🔑';

describe('A secret', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const store = async (name = 'billing', value = VALUE): Promise<string> =>
    (await admin.post('/v1/secrets').send({ name, value }).expect(201)).body.id as string;
  const reveal = (id: string) => admin.post(`/v1/secrets/${id}/reveal`);

  it('is shown by name and never by value', async () => {
    const created = await admin.post('/v1/secrets').send({ name: 'billing', value: VALUE }).expect(201);
    expect(created.body).toEqual({
      id: expect.any(String),
      name: 'billing',
      version: 1,
      reasonRequired: false,
      approvalRequired: false,
      revealsPerHour: null,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    const listed = await admin.get('/v1/secrets').expect(200);
    expect(listed.body).toEqual({ data: [created.body], nextCursor: null });
  });

  it('tells its value once its high-risk event is written', async () => {
    const id = await store();
    const { body } = await reveal(id).expect(200);
    expect(body).toEqual({ value: VALUE });
    expect(await service.auditEvents(workspace.id, 'secret.accessed')).toMatchObject([
      {
        risk: 'high',
        target_type: 'secret',
        target_id: id,
        actor_id: workspace.admin.userId,
        data: { name: 'billing' },
      },
    ]);
  });

  it('does not tell its value when the event cannot be written', async () => {
    const id = await store();
    await service.sql(
      `alter table audit_events add constraint broken check (type <> 'secret.accessed') not valid`,
    );
    const { body } = await reveal(id).expect(500);
    await service.sql('alter table audit_events drop constraint broken');
    expect(JSON.stringify(body)).not.toContain('sk_live');
  });

  it('stands nowhere in the database in the clear', async () => {
    const id = await store();
    await reveal(id).expect(200);
    const [row] = await service.sql<{ ciphertext: string; wrapped: string }>(
      'select s.ciphertext, k.wrapped from secrets s join data_keys k on k.id = s.data_key_id where s.id = $1',
      [id],
    );
    expect(row!.ciphertext).toMatch(/^v1\./);
    expect(row!.wrapped).toMatch(/^v1\./);
    const events = JSON.stringify(await service.auditEvents(workspace.id));
    for (const text of [JSON.stringify(row), events]) expect(text).not.toContain('sk_live');
  });

  it('gets another value, and another name, in place', async () => {
    const id = await store();
    const { body } = await admin
      .put(`/v1/secrets/${id}`)
      .send({ value: 'second', name: 'renamed' })
      .expect(200);
    expect(body).toMatchObject({ id, name: 'renamed' });
    expect((await reveal(id)).body).toEqual({ value: 'second' });
    expect(await service.auditEvents(workspace.id, 'secret.updated')).toHaveLength(1);
  });

  it('is gone once deleted', async () => {
    const id = await store();
    await admin.delete(`/v1/secrets/${id}`).expect(204);
    await reveal(id).expect(404);
    await admin.delete(`/v1/secrets/${id}`).expect(404);
    expect(await service.auditEvents(workspace.id, 'secret.deleted')).toHaveLength(1);
  });

  it('has a name of its own in its workspace', async () => {
    await store('billing');
    const { body } = await admin.post('/v1/secrets').send({ name: 'billing', value: 'x' }).expect(409);
    expect(body.code).toBe('conflict');
    const other = await service.workspace();
    await service
      .http(other.admin.accessToken)
      .post('/v1/secrets')
      .send({ name: 'billing', value: 'x' })
      .expect(201);
  });

  it('is not accepted without a readable name and a value', async () => {
    for (const body of [
      {},
      { name: '', value: 'x' },
      { name: 'x' },
      { name: 'x', value: '' },
      { name: 'x', value: 1 },
      { name: 'a\nb', value: 'x' },
      { name: 'x', value: 'y', purpose: 'sso' },
    ]) {
      await admin.post('/v1/secrets').send(body).expect(400);
    }
    const id = await store();
    for (const body of [{ name: null, value: 'x' }, { name: 'y' }]) {
      await admin.put(`/v1/secrets/${id}`).send(body).expect(400);
    }
  });

  it('is revealed to people who may, and to keys with the scope for exactly that', async () => {
    const id = await store();
    const editor = service.http((await service.member(workspace, 'editor')).accessToken);
    await editor.post(`/v1/secrets/${id}/reveal`).expect(403);
    await editor.get('/v1/secrets').expect(403);
    const { body } = await admin
      .post('/v1/api-keys')
      .send({ name: 'deploy', scopes: ['secrets:reveal'] })
      .expect(201);
    const key = service.withKey(body.key);
    expect((await key.post(`/v1/secrets/${id}/reveal`).expect(200)).body).toEqual({ value: VALUE });
    await key.get('/v1/secrets').expect(403);
    const [event] = await service.auditEvents(workspace.id, 'secret.accessed');
    expect(event).toMatchObject({ actor_type: 'api_key', actor_id: body.id });
  });

  it('is sealed under a key that opens in its own workspace alone, wherever somebody moves it', async () => {
    // Made by whoever asks for it, while nothing refers to it yet.
    await admin.get('/v1/secrets/data-key').expect(200);
    const other = await service.workspace();
    await service.sql('update data_keys set workspace_id = $2 where workspace_id = $1', [
      workspace.id,
      other.id,
    ]);
    const elsewhere = service.http(other.admin.accessToken);
    await elsewhere.post('/v1/secrets').send({ name: 'billing', value: VALUE }).expect(500);
  });

  it('of another workspace looks like none', async () => {
    const id = await store();
    const other = service.http((await service.workspace()).admin.accessToken);
    for (const unknown of [id, '019a0000-0000-7000-8000-000000000000', 'nonsense']) {
      for (const request of [
        other.post(`/v1/secrets/${unknown}/reveal`),
        other.put(`/v1/secrets/${unknown}`).send({ value: 'x' }),
        other.delete(`/v1/secrets/${unknown}`),
      ]) {
        const { body } = await request.expect(404);
        expect(body).toMatchObject({ code: 'not_found', detail: 'Secret not found.' });
      }
    }
    expect((await reveal(id).expect(200)).body).toEqual({ value: VALUE });
  });

  it('of the service itself cannot be reached through the vault, nor under another purpose', async () => {
    const [database, secrets] = [
      service.app.get(Database),
      service.app.get(SecretsService, { strict: false }),
    ];
    const inWorkspace = <T>(work: () => Promise<T>) => database.inWorkspace(workspace.id, work);
    const id = await inWorkspace(() => secrets.store('sso.client_secret', VALUE));
    await reveal(id).expect(404);
    await admin.post(`/v1/secrets/${id}/reveal-requests`).send({ reason: 'x' }).expect(404);
    await admin.delete(`/v1/secrets/${id}`).expect(404);
    expect((await admin.get('/v1/secrets')).body.data).toEqual([]);
    await expect(inWorkspace(() => secrets.reveal(id, 'vault'))).rejects.toThrow('not_found');
    const secret = await inWorkspace(() => secrets.reveal(id, 'sso.client_secret'));
    expect(`${String(secret)} ${JSON.stringify({ secret })}`).not.toContain('sk_live');
    expect(secret.reveal()).toBe(VALUE);
  });

  it('does not open in another row, workspace or purpose, nor when changed', async () => {
    const [first, second] = [await store('first'), await store('second', 'other')];
    const move = (to: string, from: string) =>
      service.sql(
        'update secrets set ciphertext = (select ciphertext from secrets where id = $2) where id = $1',
        [to, from],
      );
    await move(second, first);
    await reveal(second).expect(500);

    const [row] = await service.sql<{ ciphertext: string }>('select ciphertext from secrets where id = $1', [
      first,
    ]);
    const parts = row!.ciphertext.split('.');
    const bytes = Buffer.from(parts[3]!, 'base64url');
    bytes[0]! ^= 1;
    parts[3] = bytes.toString('base64url');
    await service.sql('update secrets set ciphertext = $2 where id = $1', [first, parts.join('.')]);
    await reveal(first).expect(500);
    // Nobody was refused anything.
    expect(await service.auditEvents(workspace.id, 'secret.access_refused')).toEqual([]);
  });

  it('shares one data key with the others of its workspace, made by whoever is first', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, index) => store(`secret ${index}`)));
    const keys = await service.sql('select id from data_keys where workspace_id = $1', [workspace.id]);
    expect(keys).toHaveLength(1);
  });
});
