import { Client } from 'pg';
import { ApiKeyUse } from '../../src/api-keys/usage/api-key-use';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';

describe('What comes while somebody is erased', () => {
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

  const erase = async ({ memberId, email }: TestPerson): Promise<void> => {
    await admin.post(`/v1/members/${memberId}/erase`).send({ email }).expect(200);
  };

  /** Erases somebody, and does something else when everything is erased and not yet committed. */
  async function meanwhile(person: TestPerson, work: () => Promise<unknown>): Promise<void> {
    const other = new Client({ connectionString: service.databaseUrl });
    await other.connect();
    // The keys of the audit log are destroyed last.
    await other.query('begin; lock table audit_people in share mode');
    const erased = erase(person);
    await service.waiting(1);
    const worked = work();
    await service.waiting(2);
    await other.query('commit');
    await other.end();
    await Promise.all([erased, worked]);
  }

  const begin = async () => {
    const { body } = await admin.post('/v1/access-reviews').send({ name: 'All' }).expect(201);
    return `/v1/access-reviews/${body.id as string}/items`;
  };
  const itemOf = async (items: string, { memberId }: TestPerson) =>
    (
      (await admin.get(items).expect(200)).body.data as { id: string; memberId: string; email: string }[]
    ).find((item) => item.memberId === memberId);

  it('tells nobody from where their key, which is kept, is used', async () => {
    await admin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { onMemberRemoval: 'keep' } })
      .expect(200);
    const maker = await service.member(workspace, 'admin');
    const { body } = await service
      .http(maker.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'kept', preset: 'read-only' })
      .expect(201);
    await service
      .withKey(body.key as string)
      .get('/v1/members')
      .expect(200);
    await meanwhile(maker, () => service.app.get(ApiKeyUse).flush());
    const [key] = await service.sql('select last_used_ip, last_used_call from api_keys where id = $1', [
      body.id,
    ]);
    expect(key).toEqual({ last_used_ip: null, last_used_call: 'GET /v1/members' });
  });

  it('takes them down in no access review', async () => {
    const person = await service.member(workspace, 'viewer');
    let items = '';
    await meanwhile(person, async () => (items = await begin()));
    expect(await itemOf(items, person)).toBeUndefined();
    const rows = await service.sql('select personal::text from access_review_items');
    expect(JSON.stringify(rows)).not.toContain(person.email);
  });

  it('is decided in an access review, also later, and without a note about them', async () => {
    const person = await service.member(workspace, 'viewer');
    const items = await begin();
    const { id } = (await itemOf(items, person))!;
    const note = { decision: 'keep', note: `${person.email} is back soon` };
    let answer: { status: number; body: { code?: string } } | undefined;
    await meanwhile(person, async () => (answer = await admin.post(`${items}/${id}`).send(note)));
    for (const { status, body } of [answer!, await admin.post(`${items}/${id}`).send(note)])
      expect([status, body.code]).toEqual([409, 'member_erased']);
    const rows = await service.sql('select note::text, decision from access_review_items where id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ note: null, decision: null }]);
    await admin.post(`${items}/${id}`).send({ decision: 'remove' }).expect(200);
    const again = await admin.post(`${items}/${id}`).send({ decision: 'keep' }).expect(409);
    expect(again.body.code).toBe('already_decided');
  });
});
