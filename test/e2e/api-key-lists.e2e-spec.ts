import { startApp, type TestApp, type TestWorkspace } from '../support/app';

const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();

describe('An API key in a list', () => {
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

  const create = async (input: object = {}) =>
    (
      await admin
        .post('/v1/api-keys')
        .send({ name: 'import', scopes: ['members:read'], ...input })
        .expect(201)
    ).body as { id: string };
  const list = async (query: string): Promise<{ name: string }[]> =>
    (await admin.get(`/v1/api-keys?${query}`).expect(200)).body.data;
  const names = async (query: string): Promise<string[]> => (await list(query)).map(({ name }) => name);

  it('is found by status, scope, maker and name', async () => {
    const gone = await create({ name: 'gone' });
    await create({ name: 'Nightly import', scopes: ['runs:read'] });
    const late = await create({ name: 'late' });
    await admin.delete(`/v1/api-keys/${gone.id}`).expect(204);
    await service.sql('update api_keys set expires_at = now() where id = $1', [late.id]);
    expect(await names('status=active')).toEqual(['Nightly import']);
    expect(await names('status=expired')).toEqual(['late']);
    expect(await names('status=revoked')).toEqual(['gone']);
    expect(await names('scope=runs:read')).toEqual(['Nightly import']);
    expect(await names('name=NIGHT')).toEqual(['Nightly import']);
    expect(await names(`createdBy=${workspace.admin.memberId}`)).toHaveLength(3);
    expect(await names('flag=creator_left')).toEqual([]);
    for (const wrong of ['status=dead', 'sort=secret', 'createdBy=me', 'flag=x', 'scope=workspace:write'])
      await admin.get(`/v1/api-keys?${wrong}`).expect(400);
  });

  it.each([
    ['createdAt', ['b', 'C', 'a']],
    ['-createdAt', ['a', 'C', 'b']],
    ['name', ['a', 'b', 'C']],
    ['-name', ['C', 'b', 'a']],
    ['expiresAt', ['C', 'b', 'a']],
    ['-lastUsedAt', ['b', 'a', 'C']],
  ])('is sorted by %s, page by page', async (sort, expected) => {
    const b = await create({ name: 'b', expiresAt: inDays(2) });
    await create({ name: 'C', expiresAt: inDays(1) });
    await create({ name: 'a' });
    await service.sql('update api_keys set last_used_at = now() where id = $1', [b.id]);
    const found: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 4; pages += 1) {
      const { body } = await admin.get(`/v1/api-keys?limit=1&sort=${sort}${cursor}`).expect(200);
      found.push(...body.data.map(({ name }: { name: string }) => name));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor as string}`;
    }
    if (sort === '-lastUsedAt') expect(found[0]).toBe('b');
    else expect(found).toEqual(expected);
    expect(found).toHaveLength(3);
    const { body } = await admin.get(`/v1/api-keys?sort=name${cursor}&limit=1`);
    if (sort !== 'name') expect(body.code).toBe('invalid_cursor');
  });

  it.each(['createdAt', 'lastUsedAt', 'expiresAt'])(
    'has its place by %s at a moment that there is',
    async (sort) => {
      const from = (moment: string) => {
        const place = [sort, moment, '019a0000-0000-7000-8000-000000000000'];
        const cursor = Buffer.from(JSON.stringify(place)).toString('base64url');
        return admin.get(`/v1/api-keys?sort=${sort}&cursor=${cursor}`);
      };
      for (const moment of ['2030-01-31 12:00:00.123456+00', '2030-01-31 12:00:00+05:30', 'infinity'])
        await from(moment).expect(200);
      for (const never of [
        ...['2030-02-30 00:00:00+00', '2030-13-01 00:00:00+00', '2030-01-01 25:00:00+00'],
        ...['2030-01-01 00:00:60+00', '2030-01-01 00:00:00+99', '2030-01-01 00:00:00+15:60'],
        ...['2030-01-01 00:00:00-16', '0000-01-01 00:00:00+00', '2030-01-01', 'now', ''],
      ]) {
        const { status, body } = await from(never);
        expect([never, status, body.code]).toEqual([never, 400, 'invalid_cursor']);
      }
    },
  );
});
