import { randomUUID } from 'node:crypto';
import { DomainsService } from '../../src/domains/domains.service';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { DnsServer } from '../support/dns-server';

describe('A domain', () => {
  let app: TestApp;
  let dns: DnsServer;
  let acme: TestWorkspace;

  beforeAll(async () => {
    dns = await DnsServer.start();
    app = await startApp({ DNS_SERVERS: dns.address });
    acme = await app.workspace();
  });
  afterAll(async () => {
    await app?.close();
    await dns?.close();
  });

  const as = ({ accessToken }: TestPerson) => app.http(accessToken);
  const fresh = () => `d-${randomUUID().slice(0, 8)}.test`;

  async function add(domain: string, person = acme.admin) {
    return (await as(person).post('/v1/domains').send({ domain }).expect(201)).body;
  }

  async function verified(domain: string, person = acme.admin) {
    const { id, dnsRecord } = await add(domain, person);
    dns.set(dnsRecord.name, [dnsRecord.value]);
    return (await as(person).post(`/v1/domains/${id}/verify`).expect(200)).body;
  }

  const eventsAbout = async (id: string, workspace = acme) =>
    (await app.auditEvents(workspace.id)).filter(({ target_id }) => target_id === id);

  it('is claimed first, and the answer says which record proves it', async () => {
    const domain = fresh();
    const added = await add(`  ${domain.toUpperCase()}. `);
    expect(added).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      domain,
      status: 'pending',
      dnsRecord: {
        type: 'TXT',
        name: `_gatehouse.${domain}`,
        value: expect.stringMatching(/^gatehouse-domain-verification=[0-9a-f]{32}$/),
      },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      verifiedAt: null,
      lastCheckedAt: null,
      lastResult: null,
      graceUntil: null,
    });
    expect((await as(acme.admin).get(`/v1/domains/${added.id}`).expect(200)).body).toEqual(added);
    expect(await eventsAbout(added.id)).toMatchObject([
      { type: 'domain.added', actor_id: acme.admin.userId, target_type: 'domain', data: { domain } },
    ]);
  });

  it('is proved by its TXT record, and then answers for its addresses', async () => {
    const domain = fresh();
    const { id, status, verifiedAt } = await verified(domain);
    expect({ status, verifiedAt }).toEqual({ status: 'verified', verifiedAt: expect.any(String) });

    const domains = app.app.get(DomainsService);
    await expect(domains.workspaceOfVerifiedDomain(domain.toUpperCase())).resolves.toBe(acme.id);
    await expect(domains.workspaceOfVerifiedDomain(`sub.${domain}`)).resolves.toBeUndefined();
    expect((await eventsAbout(id)).map(({ type }) => type)).toEqual(['domain.added', 'domain.verified']);
  });

  it('is not proved by a missing or wrong record; the answer says what was found', async () => {
    const { id, dnsRecord } = await add(fresh());
    const verify = () => as(acme.admin).post(`/v1/domains/${id}/verify`);

    const missing = await verify().expect(409);
    expect(missing.body).toMatchObject({
      code: 'domain_not_verified',
      detail: expect.stringContaining('no TXT record'),
    });

    dns.set(dnsRecord.name, ['gatehouse-domain-verification=0000']);
    const wrong = await verify().expect(409);
    expect(wrong.body).toMatchObject({
      code: 'domain_not_verified',
      errors: [{ field: dnsRecord.name, message: 'Found the text "gatehouse-domain-verification=0000".' }],
    });

    const { body } = await as(acme.admin).get(`/v1/domains/${id}`);
    expect(body).toMatchObject({
      ...{ status: 'pending', lastResult: 'record_differs' },
      lastCheckedAt: expect.any(String),
    });
    expect(await eventsAbout(id)).toMatchObject([
      { type: 'domain.added' },
      { type: 'domain.verification_failed', data: { reason: 'domain_not_verified', found: [] } },
      { type: 'domain.verification_failed', data: { found: ['gatehouse-domain-verification=0000'] } },
    ]);
  });

  it('is not proved while DNS is out of order', async () => {
    const { id, dnsRecord } = await add(fresh());
    dns.set(dnsRecord.name, 'failing');
    const { body } = await as(acme.admin).post(`/v1/domains/${id}/verify`).expect(409);
    expect(body).toMatchObject({ code: 'domain_not_verified', detail: expect.stringContaining('no answer') });
  });

  it('stays proved when its record is gone later', async () => {
    const { id, dnsRecord, verifiedAt } = await verified(fresh());
    await as(acme.admin).post(`/v1/domains/${id}/verify`).expect(200);
    dns.remove(dnsRecord.name);
    await as(acme.admin).post(`/v1/domains/${id}/verify`).expect(409);
    const { body } = await as(acme.admin).get(`/v1/domains/${id}`);
    expect(body).toMatchObject({ status: 'verified', verifiedAt });
  });

  it('belongs to one workspace only, and nobody learns to which', async () => {
    const globex = await app.workspace();
    const domain = fresh();
    const theirs = await add(domain, globex.admin);
    await verified(domain);

    dns.set(theirs.dnsRecord.name, [theirs.dnsRecord.value]);
    const late = await as(globex.admin).post(`/v1/domains/${theirs.id}/verify`).expect(409);
    const again = await as((await app.workspace()).admin)
      .post('/v1/domains')
      .send({ domain })
      .expect(409);
    for (const { body } of [late, again]) {
      expect(body.code).toBe('domain_taken');
      expect(JSON.stringify(body)).not.toContain(acme.id);
      expect(JSON.stringify(body)).not.toContain(acme.slug);
    }
    expect((await as(globex.admin).get(`/v1/domains/${theirs.id}`)).body.status).toBe('pending');
    expect(await eventsAbout(theirs.id, globex)).toMatchObject([
      { type: 'domain.added' },
      { type: 'domain.verification_failed', data: { reason: 'domain_taken' } },
    ]);
  });

  it('goes to exactly one of two workspaces that prove it at the same moment', async () => {
    const domain = fresh();
    const workspaces = await Promise.all([app.workspace(), app.workspace()]);
    const claims = await Promise.all(workspaces.map(({ admin }) => add(domain, admin)));
    dns.set(
      `_gatehouse.${domain}`,
      claims.map(({ dnsRecord }) => dnsRecord.value),
    );
    const answers = await Promise.all(
      workspaces.map(({ admin }, i) => as(admin).post(`/v1/domains/${claims[i].id}/verify`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = workspaces[answers.findIndex(({ status }) => status === 200)];
    await expect(app.app.get(DomainsService).workspaceOfVerifiedDomain(domain)).resolves.toBe(winner!.id);
  });

  it('is given up, and free for another workspace', async () => {
    const domain = fresh();
    const { id } = await verified(domain);
    await as(acme.admin).delete(`/v1/domains/${id}`).expect(204);
    await as(acme.admin).get(`/v1/domains/${id}`).expect(404);
    await as(acme.admin).delete(`/v1/domains/${id}`).expect(404);
    await expect(app.app.get(DomainsService).workspaceOfVerifiedDomain(domain)).resolves.toBeUndefined();
    expect((await eventsAbout(id)).at(-1)).toMatchObject({
      type: 'domain.removed',
      data: { domain, status: 'verified' },
    });

    const globex = await app.workspace();
    await verified(domain, globex.admin);
    await expect(app.app.get(DomainsService).workspaceOfVerifiedDomain(domain)).resolves.toBe(globex.id);
  });

  it('is claimed once per workspace', async () => {
    const domain = fresh();
    await add(domain);
    const { body } = await as(acme.admin)
      .post('/v1/domains')
      .send({ domain: domain.toUpperCase() })
      .expect(409);
    expect(body.code).toBe('domain_exists');
  });

  it.each([
    ['co.uk', 'domain_is_public_suffix'],
    ['github.io', 'domain_is_public_suffix'],
    ['gmail.com', 'domain_is_free_mail'],
    ['acme', 'domain_invalid'],
    ['https://acme.test', 'domain_invalid'],
    ['127.0.0.1', 'domain_invalid'],
    ['acme.test\u0000', 'domain_invalid'],
  ])('is not %p: %s', async (domain, code) => {
    const { body } = await as(acme.admin).post('/v1/domains').send({ domain }).expect(400);
    expect(body.code).toBe(code);
  });

  it.each([
    {},
    { domain: '' },
    { domain: 7 },
    { domain: ['acme.test'] },
    { domain: 'acme.test', status: 'verified' },
  ])('is refused as %j', async (body) => {
    const answer = await as(acme.admin).post('/v1/domains').send(body).expect(400);
    expect(answer.body.code).toBe('validation_failed');
  });

  it('is listed page by page, oldest first', async () => {
    const { admin } = await app.workspace();
    const names = [fresh(), fresh(), fresh()];
    for (const name of names) await add(name, admin);
    const first = (await as(admin).get('/v1/domains?limit=2').expect(200)).body;
    const second = (await as(admin).get(`/v1/domains?limit=2&cursor=${first.nextCursor}`).expect(200)).body;
    const listed = [...first.data, ...second.data].map(({ domain }: { domain: string }) => domain);
    expect([listed, second.nextCursor]).toEqual([names, null]);
    await as(admin).get('/v1/domains?limit=201').expect(400);
    expect((await as(admin).get('/v1/domains?cursor=nonsense').expect(400)).body.code).toBe('invalid_cursor');
  });

  it('is for admins: others are refused, and strangers have to sign in', async () => {
    const { id } = await add(fresh());
    const calls = (person?: TestPerson) => {
      const http = app.http(person?.accessToken);
      return [
        http.get('/v1/domains'),
        http.get(`/v1/domains/${id}`),
        http.post('/v1/domains').send({ domain: fresh() }),
        http.post(`/v1/domains/${id}/verify`),
        http.delete(`/v1/domains/${id}`),
      ];
    };
    for (const role of ['editor', 'viewer'] as const) {
      const answers = await Promise.all(calls(await app.member(acme, role)));
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    }
    const answers = await Promise.all(calls());
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  });

  it('of another workspace looks like one that does not exist', async () => {
    const { id } = await add(fresh());
    const stranger = as((await app.workspace()).admin);
    const answersFor = (of: string) =>
      Promise.all([
        stranger.get(`/v1/domains/${of}`),
        stranger.post(`/v1/domains/${of}/verify`),
        stranger.delete(`/v1/domains/${of}`),
      ]);
    const shape = (answers: { status: number; body: { code: string; detail: string } }[]) =>
      answers.map(({ status, body: { code, detail } }) => ({ status, code, detail }));
    const theirs = shape(await answersFor(id));
    expect(theirs).toEqual(shape(await answersFor(randomUUID())));
    expect(theirs).toEqual(shape(await answersFor('not-an-id')));
    expect(theirs.map(({ status }) => status)).toEqual([404, 404, 404]);
    await as(acme.admin).get(`/v1/domains/${id}`).expect(200);
  });
});
