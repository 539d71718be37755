import { Sealer } from '../../src/audit/seals/sealer.service';
import { StreamPump } from '../../src/audit-streams/delivery/stream-pump.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { WebhookReceiver, signatureOf } from '../support/log-receivers';

interface Event {
  id: string;
  type: string;
  data: Record<string, unknown>;
  actor: { email?: string };
  order: { seal: number; position: number };
  erased?: boolean;
}

describe('Looking after a stream of the audit log', () => {
  let one: TestApp;
  let other: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    one = await startApp({ OUTBOUND_ALLOW: '127.0.0.1,localhost' });
    other = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' }, one);
  });
  afterAll(async () => {
    await other?.close();
    await one?.close();
  });
  beforeEach(async () => {
    workspace = await one.workspace();
    admin = one.http(workspace.admin.accessToken);
    receiver = await WebhookReceiver.listen();
  });
  afterEach(() => receiver.close());

  const make = async (input: object = {}) =>
    (
      await admin
        .post('/v1/audit-streams')
        .send({ type: 'webhook', url: receiver.url, startAt: 'beginning', ...input })
        .expect(201)
    ).body as { id: string; signingSecret: string } & Record<string, unknown>;
  const get = async (id: string) =>
    (await admin.get(`/v1/audit-streams/${id}`).expect(200)).body as Record<string, never>;
  const pump = ({ app }: TestApp, now?: Date) => app.get(StreamPump).look(now);
  const seal = () => one.app.get(Sealer).now(workspace.id);
  const sealAndPump = async (now?: Date) => {
    await seal();
    await pump(one, now);
  };
  const sealedIds = async () =>
    (
      await one.sql<{ event_id: string }>(
        'select event_id from audit_leaves where workspace_id = $1 order by seal, position',
        [workspace.id],
      )
    ).map((row) => row.event_id);

  it('is paused, resumed, changed and deleted by admins, each on record', async () => {
    const { id } = await make();
    await admin.post(`/v1/audit-streams/${id}/pause`).expect(200);
    await sealAndPump();
    expect(receiver.received).toEqual([]);
    expect(await get(id)).toMatchObject({ status: 'paused', pausedBecause: 'admin' });
    const { body } = await admin
      .patch(`/v1/audit-streams/${id}`)
      .send({ format: 'ocsf', encoding: 'json', authorization: 'Bearer abc' })
      .expect(200);
    expect(body).toMatchObject({ format: 'ocsf', encoding: 'json', url: receiver.url });
    await admin.post(`/v1/audit-streams/${id}/resume`).send({}).expect(200);
    await sealAndPump();
    const [message] = receiver.received;
    expect(message!.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer abc',
    });
    const [first] = JSON.parse(message!.body) as [{ class_uid: number; metadata: { uid: string } }];
    expect(first.metadata.uid).toBe((await sealedIds())[0]);
    await admin.patch(`/v1/audit-streams/${id}`).send({ format: 'ocsf' }).expect(200);
    await admin.delete(`/v1/audit-streams/${id}`).expect(204);
    await admin.get(`/v1/audit-streams/${id}`).expect(404);

    const recorded = (await one.auditEvents(workspace.id)).filter(({ type }) =>
      type.startsWith('audit_stream.'),
    );
    expect(recorded.map(({ type, risk }) => [type, risk])).toEqual([
      ['audit_stream.created', 'high'],
      ['audit_stream.paused', 'medium'],
      ['audit_stream.updated', 'high'],
      ['audit_stream.resumed', 'medium'],
      ['audit_stream.deleted', 'high'],
    ]);
    expect(recorded[2]!.data).toMatchObject({
      before: { format: 'gatehouse' },
      after: { format: 'ocsf' },
      credentialsReplaced: true,
    });
    expect(
      await one.sql(`select id from secrets where workspace_id = $1 and purpose = 'audit_stream'`, [
        workspace.id,
      ]),
    ).toEqual([]);
  });

  it('never shows a secret again, and signs with both while one replaces the other', async () => {
    const { id, signingSecret: old } = await make({
      url: `${receiver.url}?token=hush`,
      authorization: 'Bearer hush-too',
    });
    const { body } = await admin.post(`/v1/audit-streams/${id}/rotate-secret`).send({}).expect(200);
    const fresh = body.signingSecret as string;
    expect(body.previousSecretUntil).toEqual(expect.any(String));
    await sealAndPump();
    const [message] = receiver.received;
    expect(message!.headers['webhook-signature']).toBe(
      `${signatureOf(message!, fresh)} ${signatureOf(message!, old)}`,
    );
    await one.sql('update audit_streams set previous_secret_until = now() where id = $1', [id]);
    await admin.post('/v1/secrets').send({ name: 'billing', value: 'v' }).expect(201);
    await sealAndPump();
    const later = receiver.received.at(-1)!;
    expect(later.headers['webhook-signature']).toBe(signatureOf(later, fresh));
    const next = await admin
      .post(`/v1/audit-streams/${id}/rotate-secret`)
      .send({ overlapSeconds: 0 })
      .expect(200);
    await sealAndPump();
    const last = receiver.received.at(-1)!;
    expect(last.headers['webhook-signature']).toBe(signatureOf(last, next.body.signingSecret as string));

    const shown = JSON.stringify([
      (await admin.get('/v1/audit-streams').expect(200)).body,
      await one.auditEvents(workspace.id),
      await one.sql(`select * from secrets`),
    ]);
    for (const secret of ['hush', old.slice(6), fresh.slice(6)]) expect(shown).not.toContain(secret);
  });

  it.each<[string, string, string]>([
    ['under a name', '?token=hush&token=hush-too', '?token=***&token=***'],
    ['without a name', '?hush', '?***'],
    ['in a fragment', '#hush', ''],
  ])('shows nothing of a URL that may be a password: %s', async (_, given, shown) => {
    const { id, url } = await make({ url: `${receiver.url}${given}` });
    expect(url).toBe(`${receiver.url}${shown}`);
    expect((await get(id)).url).toBe(url);
    const [created] = await one.auditEvents(workspace.id, 'audit_stream.created');
    expect(created!.data.url).toBe(url);
  });

  it('takes another password in the query of its URL, and says that it did', async () => {
    const { id } = await make({ url: `${receiver.url}?token=old` });
    const change = { url: `${receiver.url}?token=new` };
    await admin.patch(`/v1/audit-streams/${id}`).send(change).expect(200);
    await admin.patch(`/v1/audit-streams/${id}`).send(change).expect(200);
    await sealAndPump();
    expect(receiver.received[0]!.path).toBe('/in?token=new');
    const recorded = await one.auditEvents(workspace.id, 'audit_stream.updated');
    expect(recorded.map(({ data }) => data.replaced)).toEqual([['url']]);
    expect(JSON.stringify(recorded)).not.toMatch(/token=(old|new)/);
  });

  it('tells no other host what it was to tell this one', async () => {
    const elsewhere = receiver.url.replace('127.0.0.1', 'localhost');
    const { id } = await make({ authorization: 'Bearer hush' });
    const refused = await admin.patch(`/v1/audit-streams/${id}`).send({ url: elsewhere }).expect(400);
    expect(refused.body.errors).toMatchObject([{ field: 'authorization' }]);
    expect((await get(id)).url).toBe(receiver.url);
    await admin.patch(`/v1/audit-streams/${id}`).send({ url: elsewhere, authorization: null }).expect(200);
    await sealAndPump();
    expect(receiver.received.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('can be tried, paused or not', async () => {
    const { id } = await make();
    await admin.post(`/v1/audit-streams/${id}/pause`).expect(200);
    const good = await admin.post(`/v1/audit-streams/${id}/test`).expect(200);
    expect(good.body).toEqual({ outcome: 'delivered', error: null });
    expect(receiver.events<Event>()).toMatchObject([{ type: 'audit_stream.tested', data: { test: true } }]);
    receiver.answers.push(403);
    const bad = await admin.post(`/v1/audit-streams/${id}/test`).expect(200);
    expect(bad.body).toEqual({ outcome: 'refused', error: 'The receiver answered 403.' });
    const events = await one.auditEvents(workspace.id, 'audit_stream.tested');
    expect(events.map(({ data }) => data.outcome)).toEqual(['delivered', 'refused']);
  });

  it.each<[string, (url: string) => object, object]>([
    ['another receiver', (url) => ({ url }), { failures: 0, failingSince: null }],
    ['other credentials', () => ({ authorization: 'Bearer b' }), { failures: 0, failingSince: null }],
    ['another name', () => ({ name: 'SIEM 2' }), { failures: 1, failingSince: expect.any(String) }],
  ])('bears with %s for as long as that has failed', async (what, change, expected) => {
    const { id } = await make({ authorization: 'Bearer a' });
    receiver.answers.push(500, 500);
    await sealAndPump();
    expect(await get(id)).toMatchObject({ failures: 1, failingSince: expect.any(String) });
    await admin
      .patch(`/v1/audit-streams/${id}`)
      .send(change(`${receiver.url}/new`))
      .expect(200);
    expect(await get(id)).toMatchObject(expected);
    // Nobody waits for the end of a pause that the receiver before it was given.
    await pump(one, new Date(Date.now() + 73 * 3_600_000));
    expect(await get(id)).toMatchObject({ status: what === 'another name' ? 'paused' : 'active' });
    receiver.answers.length = 0;
  });

  it('tries another receiver at once', async () => {
    const { id } = await make();
    receiver.answers.push(500);
    await sealAndPump();
    await admin
      .patch(`/v1/audit-streams/${id}`)
      .send({ url: `${receiver.url}/new` })
      .expect(200);
    await pump(one);
    expect(await get(id)).toMatchObject({
      failures: 0,
      delivered: expect.any(Number),
      backlog: { events: 0 },
    });
    expect(receiver.received).toHaveLength(2);
  });

  it('leads nowhere that the service may not talk to', async () => {
    const strict = await startApp({}, one);
    try {
      const there = strict.http(workspace.admin.accessToken);
      for (const receiverOf of [
        { type: 'webhook', url: receiver.url },
        { type: 'webhook', url: 'https://169.254.169.254/latest' },
        { type: 'webhook', url: 'https://[::ffff:10.0.0.1]/' },
        { type: 'webhook', url: 'http://1.1.1.1/' },
        { type: 'webhook', url: 'https://1.1.1.1:25/' },
        { type: 'syslog', host: '127.0.0.1', port: 6514 },
        { type: 'syslog', host: '10.1.2.3' },
        { type: 'syslog', host: '1.1.1.1', port: 25 },
        { type: 'syslog', host: '1.1.1.1', port: 6514, plaintext: true },
      ]) {
        const { body } = await there.post('/v1/audit-streams').send(receiverOf).expect(400);
        expect({ receiverOf, code: body.code }).toEqual({ receiverOf, code: 'address_not_allowed' });
      }
      // What was allowed once may not be any more, and a name may come to lead elsewhere.
      const { id } = await make();
      await seal();
      await pump(strict);
      expect(receiver.received).toEqual([]);
      expect((await get(id)).lastError).toContain('may not be reached from here');
      const { body } = await there
        .patch(`/v1/audit-streams/${id}`)
        .send({ url: 'https://127.0.0.1/' })
        .expect(400);
      expect(body.code).toBe('address_not_allowed');
    } finally {
      await strict.close();
    }
  });

  it('says which field of a receiver is missing, wrong or out of place', async () => {
    const refusals: [object, string][] = [
      [{ type: 'webhook' }, 'url'],
      [{ type: 'syslog' }, 'host'],
      [{ type: 'webhook', url: 'ftp://a.test/' }, 'url'],
      [{ type: 'webhook', url: 'https://user:pass@a.test/' }, 'url'],
      [{ type: 'webhook', url: receiver.url, host: 'a.test' }, 'host'],
      [{ type: 'syslog', host: '127.0.0.1', url: receiver.url }, 'url'],
      [{ type: 'syslog', host: '127.0.0.1', ca: 'nonsense' }, 'ca'],
      [{ type: 'webhook', url: receiver.url, filter: { types: ['no.such'] } }, 'filter.types'],
      [{ type: 'webhook', url: receiver.url, authorization: 'a\r\nb' }, 'authorization'],
      [{ type: 'smoke', url: receiver.url }, 'type'],
      [{ type: 'webhook', url: receiver.url, unknown: 1 }, 'unknown'],
    ];
    for (const [input, field] of refusals) {
      const { body } = await admin.post('/v1/audit-streams').send(input).expect(400);
      expect(JSON.stringify({ input, errors: body.errors })).toContain(field);
    }
  });

  it('is seen by whoever may read the log, and changed by admins', async () => {
    const { id } = await make();
    const viewer = one.http((await one.member(workspace, 'viewer')).accessToken);
    await viewer.get('/v1/audit-streams').expect(200);
    await viewer.get(`/v1/audit-streams/${id}`).expect(200);
    await viewer.post('/v1/audit-streams').send({ type: 'webhook', url: receiver.url }).expect(403);
    await viewer.delete(`/v1/audit-streams/${id}`).expect(403);
    for (const call of ['pause', 'resume', 'test', 'rotate-secret'])
      await viewer.post(`/v1/audit-streams/${id}/${call}`).expect(403);
    await one.http().get('/v1/audit-streams').expect(401);
  });
});
