import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import {
  expectScimError,
  issueScimToken,
  parseJson,
  ScimClient,
  scimWorkspace,
  USER,
} from '../support/scim-client';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

describe('A SCIM token', () => {
  let app: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    workspace = await app.workspace();
  });
  afterAll(() => app.close());

  const as = (person: { accessToken: string }) => app.http(person.accessToken);
  const scimWorkspaceOf = async ({ admin }: TestWorkspace) =>
    new ScimClient(app, (await issueScimToken(app, admin)).token);
  const opens = (token: string) => new ScimClient(app, token).get('/Users?count=1');

  it('is shown once, and what is stored of it cannot be used', async () => {
    const { body: issued } = await as(workspace.admin)
      .post('/v1/scim/tokens')
      .send({ name: 'Okta' })
      .expect(201);
    expect(issued).toMatchObject({
      name: 'Okta',
      token: expect.stringMatching(/^ghs_/),
      hint: issued.token.slice(-4),
      baseUrl: `${app.config.publicUrl}/scim/v2`,
      createdBy: workspace.admin.memberId,
      expiresAt: null,
      revokedAt: null,
    });
    await opens(issued.token).expect(200);

    const { body: list } = await as(workspace.admin).get('/v1/scim/tokens').expect(200);
    expect(list.data[0]).toMatchObject({
      id: issued.id,
      name: 'Okta',
      lastUsedAt: expect.stringMatching(/Z$/),
    });
    expect(list.data[0]).not.toHaveProperty('token');
    const [{ stored }] = (await app.sql<{ stored: string }>(
      'select to_jsonb(t)::text as stored from scim_tokens t where id = $1',
      [issued.id],
    )) as [{ stored: string }];
    expect(stored).not.toContain(issued.token.slice(-20));
  });

  it('is refused from the next request on once revoked, also by another instance', async () => {
    const second = await startApp({ PUBLIC_URL: app.config.publicUrl }, app);
    try {
      const { id, token } = await issueScimToken(app, workspace.admin);
      await new ScimClient(second, token).get('/Users').expect(200);
      await as(workspace.admin).delete(`/v1/scim/tokens/${id}`).expect(204);
      expectScimError(await opens(token), 401);
      expectScimError(await new ScimClient(second, token).get('/Users'), 401);
      await as(workspace.admin).delete(`/v1/scim/tokens/${id}`).expect(404);
    } finally {
      await second.close();
    }
  });

  it('is refused once expired', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { id, token } = await issueScimToken(app, workspace.admin, { name: 'Short', expiresAt });
    await opens(token).expect(200);
    await app.sql(`update scim_tokens set expires_at = now() - interval '1 second' where id = $1`, [id]);
    expectScimError(await opens(token), 401);
  });

  it('lives beside others, so that one can follow another', async () => {
    const [first, second] = [
      await issueScimToken(app, workspace.admin),
      await issueScimToken(app, workspace.admin),
    ];
    await opens(first.token).expect(200);
    await opens(second.token).expect(200);
    await as(workspace.admin).delete(`/v1/scim/tokens/${first.id}`).expect(204);
    await opens(second.token).expect(200);
  });

  describe('with some scopes only', () => {
    const withScopes = async (...scopes: string[]) => {
      const { token } = await issueScimToken(app, workspace.admin, { name: 'Some', scopes });
      return new ScimClient(app, token);
    };
    const refused = (answer: Response) => {
      expectScimError(answer, 403);
      expect((answer.body as { detail: string }).detail).toContain('scope');
    };

    it('has them all unless told, in one order', async () => {
      const { body } = await as(workspace.admin).post('/v1/scim/tokens').send({ name: 'All' }).expect(201);
      expect(body.scopes).toEqual(['read', 'users', 'groups']);
      const some = await as(workspace.admin)
        .post('/v1/scim/tokens')
        .send({ name: 'Some', scopes: ['groups', 'read'] })
        .expect(201);
      expect(some.body.scopes).toEqual(['read', 'groups']);
    });

    it('to read: looks at everything and changes nothing', async () => {
      const all = await scimWorkspaceOf(workspace);
      const { id } = await all.create();
      const scim = await withScopes('read');
      await scim.get('/Users').expect(200);
      await scim.get(`/Users/${id}`).expect(200);
      await scim.get('/ServiceProviderConfig').expect(200);
      const change = { op: 'replace', value: { active: false } };
      refused(await scim.post('/Users', { schemas: [USER], userName: 'x@acme.test' }));
      refused(await scim.put(`/Users/${id}`, { schemas: [USER], userName: 'x@acme.test' }));
      refused(await scim.patch(`/Users/${id}`, change));
      refused(await scim.delete(`/Users/${id}`));
      expect((await all.get(`/Users/${id}`).expect(200)).body).toMatchObject({ active: true });
      const [event] = (await app.auditEvents(workspace.id, 'access.refused')).slice(-1);
      expect(event).toMatchObject({ actor_type: 'scim', data: { code: 'insufficient_scope' } });
    });

    it('of users: looks at users and changes them', async () => {
      const scim = await withScopes('users');
      const { id } = await scim.create();
      await scim.get(`/Users/${id}`).expect(200);
      await scim.delete(`/Users/${id}`).expect(204);
    });

    it('of groups: does not even look at users', async () => {
      const scim = await withScopes('groups');
      await scim.get('/Schemas').expect(200);
      refused(await scim.get('/Users'));
      refused(await scim.post('/Users', { schemas: [USER], userName: 'x@acme.test' }));
    });

    it('searches by POST as far as it may look, and no further', async () => {
      const { userName } = await (await withScopes('users')).create();
      const search = { schemas: [SEARCH_REQUEST], filter: `id pr` };
      const kinds = async (...scopes: string[]) => {
        const { body } = await (await withScopes(...scopes)).post('/.search', search).expect(200);
        const found = body.Resources as { meta: { resourceType: string } }[];
        return [...new Set(found.map(({ meta }) => meta.resourceType))];
      };
      await (
        await withScopes('groups')
      )
        .post('/Groups', { schemas: [GROUP], displayName: 'Engineering' })
        .expect(201);
      expect(await kinds('read')).toEqual(['User', 'Group']);
      expect(await kinds('users')).toEqual(['User']);
      expect(await kinds('groups')).toEqual(['Group']);
      const filter = `userName eq "${userName}"`;
      await (await withScopes('read')).post('/Users/.search', { ...search, filter }).expect(200);
      refused(await (await withScopes('groups')).post('/Users/.search', { ...search, filter }));
    });

    it('does of many operations those that it may, and is refused the others one by one', async () => {
      const operations = {
        schemas: [BULK_REQUEST],
        Operations: [
          {
            method: 'POST',
            path: '/Users',
            bulkId: 'u',
            data: { schemas: [USER], userName: `${randomUUID()}@a.test` },
          },
          {
            method: 'POST',
            path: '/Groups',
            bulkId: 'g',
            data: { schemas: [GROUP], displayName: randomUUID() },
          },
        ],
      };
      const { body } = await (await withScopes('users')).post('/Bulk', operations).expect(200);
      expect((body.Operations as { status: string }[]).map(({ status }) => status)).toEqual(['201', '403']);
      const [event] = (await app.auditEvents(workspace.id, 'access.refused')).slice(-1);
      expect(event).toMatchObject({
        actor_type: 'scim',
        target_id: 'POST /scim/v2/Groups',
        data: { code: 'insufficient_scope' },
      });
      refused(await (await withScopes('read')).post('/Bulk', operations));
    });
  });

  describe('that is rotated', () => {
    const rotate = (id: string, input: object = {}) =>
      as(workspace.admin).post(`/v1/scim/tokens/${id}/rotate`).send(input);

    it('goes on working for the overlap beside the new one, which has its name and scopes', async () => {
      const old = await issueScimToken(app, workspace.admin, { name: 'Okta', scopes: ['read', 'users'] });
      const { body } = await rotate(old.id, { overlapSeconds: 60 }).expect(201);
      expect(body).toMatchObject({
        name: 'Okta',
        scopes: ['read', 'users'],
        token: expect.stringMatching(/^ghs_/),
        expiresAt: null,
        previous: { id: old.id, replacedBy: body.id, revokedAt: null },
      });
      const left = Date.parse(body.previous.expiresAt) - Date.now();
      expect(left > 50_000 && left <= 60_000).toBe(true);
      await opens(old.token).expect(200);
      await opens(body.token).expect(200);
      await app.sql(`update scim_tokens set expires_at = now() - interval '1 second' where id = $1`, [
        old.id,
      ]);
      expectScimError(await opens(old.token), 401);
      await opens(body.token).expect(200);
      const events = await app.auditEvents(workspace.id, 'scim_token.rotated');
      expect(events.at(-1)).toMatchObject({
        target_id: old.id,
        data: { name: 'Okta', replacedBy: body.id, revokedAt: null },
      });
    });

    it('ends at once when no overlap is wanted, and never later than it would have', async () => {
      const leaked = await issueScimToken(app, workspace.admin);
      await rotate(leaked.id, { overlapSeconds: 0 }).expect(201);
      expectScimError(await opens(leaked.token), 401);

      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const short = await issueScimToken(app, workspace.admin, { name: 'Short', expiresAt });
      const { body } = await rotate(short.id).expect(201);
      expect(body.previous.expiresAt).toBe(expiresAt);
      const lifetime = Date.parse(body.expiresAt) - Date.parse(body.createdAt);
      expect(Math.abs(lifetime - 3_600_000)).toBeLessThan(60_000);
    });

    it('must be live, and known', async () => {
      const { id } = await issueScimToken(app, workspace.admin);
      await as(workspace.admin).delete(`/v1/scim/tokens/${id}`).expect(204);
      expect((await rotate(id).expect(409)).body.code).toBe('scim_token_ended');
      await rotate(randomUUID()).expect(404);
      await rotate((await scimWorkspace(app)).tokenId).expect(404);
      const live = await issueScimToken(app, workspace.admin);
      for (const input of [{ overlapSeconds: -1 }, { overlapSeconds: 1.5 }, { overlapSeconds: 9e9 }])
        await rotate(live.id, input).expect(400);
      await rotate(live.id, { expiresAt: '2020-01-01T00:00:00Z' }).expect(400);
      const editor = await app.member(workspace, 'editor');
      await as(editor).post(`/v1/scim/tokens/${live.id}/rotate`).send({}).expect(403);
      await opens(live.token).expect(200);
    });

    it('is no longer watched once the directory has taken the new one over', async () => {
      const { admin } = await app.workspace();
      const old = await issueScimToken(app, admin, { name: 'Entra' });
      await opens(old.token).expect(200);
      const watched = async () => {
        const { body } = await app.http(admin.accessToken).get('/v1/sso/health').expect(200);
        return (body.items as { subject: { id: string }; message: string }[])
          .filter(({ subject }) => subject.id === old.id)
          .map(({ message }) => message);
      };
      const { body } = await app.http(admin.accessToken).post(`/v1/scim/tokens/${old.id}/rotate`).send({});
      expect(await watched()).toEqual([expect.stringContaining('is still the one in use')]);
      await opens(body.token as string).expect(200);
      expect(await watched()).toEqual([]);
    });
  });

  it('says when, by which connector and from where it was used last', async () => {
    const { id, token } = await issueScimToken(app, workspace.admin);
    await new ScimClient(app, token, { 'user-agent': 'Okta SCIM Client 1.0.0' }).get('/Users').expect(200);
    const { body } = await as(workspace.admin).get('/v1/scim/tokens').expect(200);
    expect((body.data as { id: string }[]).find((one) => one.id === id)).toMatchObject({
      lastUsedAt: expect.stringMatching(/Z$/),
      lastUsedBy: 'Okta SCIM Client 1.0.0',
      lastUsedFrom: expect.stringContaining('127.0.0.1'),
    });
  });

  it('answers alike whether it ended or never was; the audit log knows which, once in a while', async () => {
    const [revoked, expired] = [
      await issueScimToken(app, workspace.admin, { name: 'Gone' }),
      await issueScimToken(app, workspace.admin, { name: 'Late' }),
    ];
    await as(workspace.admin).delete(`/v1/scim/tokens/${revoked.id}`).expect(204);
    await app.sql(`update scim_tokens set expires_at = now() - interval '1 second' where id = $1`, [
      expired.id,
    ]);
    const never = await opens(`${revoked.token.slice(0, 49)}${'A'.repeat(49)}`);
    for (const { token } of [revoked, revoked, expired]) {
      const { status, body, headers } = await opens(token);
      expect([status, body, headers['www-authenticate']]).toEqual([
        never.status,
        never.body,
        never.headers['www-authenticate'],
      ]);
    }
    const ours = [revoked.id, expired.id];
    const events = (await app.auditEvents(workspace.id, 'scim_token.refused')).filter(({ target_id }) =>
      ours.includes(target_id!),
    );
    expect(events.map(({ target_id, data }) => [target_id, data.reason])).toEqual([
      [revoked.id, 'revoked'],
      [expired.id, 'expired'],
    ]);
    expect(events[0]).toMatchObject({ risk: 'medium', actor_type: 'scim', actor_id: revoked.id });
  });

  it('is taken without the word Bearer, as some directories send it', async () => {
    const { token } = await issueScimToken(app, workspace.admin);
    await app.http().get('/scim/v2/Users').set('authorization', token).expect(200);
    expectScimError(
      await app
        .http()
        .get('/scim/v2/Users')
        .set('authorization', 'non-token')
        .buffer(true)
        .parse(parseJson as never),
      401,
    );
  });

  it('opens the SCIM routes and nothing else', async () => {
    const { token } = await issueScimToken(app, workspace.admin);
    for (const path of ['/v1/scim/tokens', '/v1/domains']) {
      await app.http(token).get(path).expect(403);
    }
    await app.http(token).post('/v1/scim/tokens').send({ name: 'child' }).expect(403);
  });

  it('is the only thing that opens them', async () => {
    expectScimError(await new ScimClient(app, workspace.admin.accessToken).get('/Users'), 403);
    expectScimError(await new ScimClient(app, 'gh_nonsense').get('/Users'), 401);
  });

  it.each([
    [
      'tampered with',
      (token: string) => `${token.slice(0, -10)}${token.at(-10) === 'a' ? 'b' : 'a'}${token.slice(-9)}`,
    ],
    ['of another kind', (token: string) => token.replace(/^ghs/, 'gh')],
    ['cut short', (token: string) => token.slice(0, -1)],
    ['lengthened', (token: string) => `${token}0`],
    ['with another secret', (token: string) => token.slice(0, 49) + 'A'.repeat(token.length - 49)],
  ])('is refused when %s', async (_how, change) => {
    const { token } = await issueScimToken(app, workspace.admin);
    expectScimError(await opens(change(token)), 401);
  });

  it('is made and revoked by admins only', async () => {
    const { id } = await issueScimToken(app, workspace.admin);
    for (const role of ['editor', 'viewer'] as const) {
      const person = await app.member(workspace, role);
      await as(person).get('/v1/scim/tokens').expect(403);
      await as(person).post('/v1/scim/tokens').send({ name: 'x' }).expect(403);
      await as(person).delete(`/v1/scim/tokens/${id}`).expect(403);
    }
    await app.http().post('/v1/scim/tokens').send({ name: 'x' }).expect(401);
  });

  it('of another workspace looks like none', async () => {
    const stranger = await scimWorkspace(app);
    const theirs = await as(workspace.admin).delete(`/v1/scim/tokens/${stranger.tokenId}`);
    const nobodys = await as(workspace.admin).delete(`/v1/scim/tokens/${randomUUID()}`);
    const malformed = await as(workspace.admin).delete('/v1/scim/tokens/x');
    for (const { status, body } of [theirs, nobodys, malformed]) {
      expect({ status, ...body, instance: '' }).toEqual({ status: 404, ...nobodys.body, instance: '' });
    }
    await stranger.scim.get('/Users').expect(200);
    const { body } = await as(workspace.admin).get('/v1/scim/tokens?limit=200');
    expect((body.data as { id: string }[]).map(({ id }) => id)).not.toContain(stranger.tokenId);
  });

  it('is listed newest first, page by page', async () => {
    const { admin } = await app.workspace();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.unshift((await issueScimToken(app, admin, { name })).id);
    const first = (await as(admin).get('/v1/scim/tokens?limit=2').expect(200)).body;
    const second = (await as(admin).get(`/v1/scim/tokens?limit=2&cursor=${first.nextCursor}`).expect(200))
      .body;
    expect([...first.data, ...second.data].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
  });

  it('leaves its making and its end in the audit log, without its text', async () => {
    const { id, admin } = await app.workspace();
    const { id: tokenId, token } = await issueScimToken(app, admin, { name: 'Okta' });
    await as(admin).delete(`/v1/scim/tokens/${tokenId}`).expect(204);
    const events = (await app.auditEvents(id)).filter(({ target_id }) => target_id === tokenId);
    expect(events).toMatchObject([
      { type: 'scim_token.created', actor_type: 'user', actor_id: admin.userId, data: { name: 'Okta' } },
      { type: 'scim_token.revoked', actor_type: 'user', actor_id: admin.userId, data: { name: 'Okta' } },
    ]);
    expect(JSON.stringify(events)).not.toContain(token.slice(-20));
  });

  it.each([
    {},
    { name: '' },
    { name: '   ' },
    { name: 5 },
    { name: 'x'.repeat(81) },
    { name: 'a\0b' },
    { name: 'x', role: 'admin' },
    { name: 'x', scopes: [] },
    { name: 'x', scopes: ['read', 'read'] },
    { name: 'x', scopes: ['admin'] },
    { name: 'x', scopes: 'read' },
    { name: 'x', scopes: null },
    { name: 'x', expiresAt: 'tomorrow' },
    { name: 'x', expiresAt: 5 },
    { name: 'x', expiresAt: '2020-01-01T00:00:00Z' },
    { name: 'x', expiresAt: '2030-W01' },
    { name: 'x', expiresAt: '2030' },
    { name: 'x', expiresAt: '2030-01-31T12:00:00' },
    { name: 'x', expiresAt: '+012345-01-01T00:00:00Z' },
  ])('is not made of %j', async (input) => {
    const { status, body } = await as(workspace.admin).post('/v1/scim/tokens').send(input);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation_failed' });
  });
});
