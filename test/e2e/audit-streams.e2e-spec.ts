import { randomUUID } from 'node:crypto';
import { Sealer } from '../../src/audit/seals/sealer.service';
import { StreamPump } from '../../src/audit-streams/delivery/stream-pump.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { WebhookReceiver, signatureOf } from '../support/log-receivers';
import { mailsTo } from '../support/outbox';

interface Event {
  id: string;
  type: string;
  data: Record<string, unknown>;
  actor: { email?: string };
  order: { seal: number; position: number };
  erased?: boolean;
}

const HOUR = 3_600_000;

describe('A stream of the audit log to a webhook', () => {
  let one: TestApp;
  let other: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    one = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
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
  /** Time goes by, as far as streams can tell. */
  const due = () => one.sql(`update audit_stream_turns set due_at = now() where due_at < 'infinity'`);
  const busy = async (count: number) => {
    for (let at = 0; at < count; at += 1)
      await admin.post('/v1/secrets').send({ name: randomUUID(), value: 'v' }).expect(201);
  };
  const sealedIds = async () =>
    (
      await one.sql<{ event_id: string }>(
        'select event_id from audit_leaves where workspace_id = $1 order by seal, position',
        [workspace.id],
      )
    ).map((row) => row.event_id);

  it('brings every event, in order, signed, with what is personal in it', async () => {
    const { id, signingSecret } = await make({ authorization: 'Splunk abc' });
    await sealAndPump();
    await busy(3);
    await sealAndPump();

    const events = receiver.events<Event>();
    expect(events.map((event) => event.id)).toEqual(await sealedIds());
    expect(events.find(({ type }) => type === 'auth.login_succeeded')!.actor.email).toBe(
      workspace.admin.email,
    );
    const [first] = receiver.received;
    expect(signingSecret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(first!.headers['webhook-signature']).toBe(signatureOf(first!, signingSecret));
    expect(Math.abs(Number(first!.headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    expect(first!.headers).toMatchObject({
      authorization: 'Splunk abc',
      'content-type': 'application/x-ndjson',
    });
    expect(await get(id)).toMatchObject({
      status: 'active',
      backlog: { events: 0, lagSeconds: 0 },
      delivered: events.length,
      failures: 0,
    });
    const { text } = await one.http().get('/metrics').expect(200);
    expect(text).toMatch(/audit_stream_messages_total\{type="webhook",outcome="delivered"\} \d/);
    expect(text).toContain('audit_stream_lag_seconds_count');
  });

  it('begins with what happens from now on, unless the whole log is asked for', async () => {
    await seal();
    const { id } = await make({ startAt: 'now' });
    await sealAndPump();
    expect(receiver.events<Event>().map(({ type, data }) => [type, data.startAt])).toEqual([
      ['audit_stream.created', 'now'],
    ]);
    expect((await get(id)).delivered).toBe(1);
  });

  it('repeats the same message until it is taken, and nothing overtakes it', async () => {
    const { id } = await make();
    receiver.answers.push(503, { status: 429, headers: { 'retry-after': '1800' } });
    await sealAndPump();
    expect(await get(id)).toMatchObject({
      failures: 1,
      failingSince: expect.any(String),
      lastError: 'The receiver answered 503.',
    });
    await busy(2);
    await sealAndPump();
    expect(receiver.received).toHaveLength(1);

    await due();
    await pump(one);
    const [{ wait }] = (await one.sql(
      `select extract(epoch from due_at - now())::int as wait from audit_stream_turns where stream_id = $1`,
      [id],
    )) as [{ wait: number }];
    expect(wait).toBeGreaterThan(1700);
    await due();
    await pump(one);
    const [first, second, third] = receiver.received;
    expect([second!.body, third!.body]).toEqual([first!.body, first!.body]);
    expect(new Set(receiver.received.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(receiver.events<Event>().map((event) => event.id)).toEqual(await sealedIds());
    expect((await get(id)).failures).toBe(0);
  });

  it('has arrived once the receiver has said so, whatever else it says', async () => {
    const { id } = await make();
    receiver.answers.push({ status: 202, headers: { 'content-encoding': 'br' } });
    await sealAndPump();
    expect(await get(id)).toMatchObject({ failures: 0, backlog: { events: 0 } });
    expect(receiver.received).toHaveLength(1);
  });

  it('is one instance at a time: two of them send nothing twice and nothing out of order', async () => {
    await make();
    await seal();
    for (let round = 0; round < 4; round += 1) {
      await Promise.all([busy(2), pump(one), pump(other), seal()]);
      await Promise.all([pump(other), pump(one)]);
    }
    await sealAndPump();
    expect(receiver.events<Event>().map((event) => event.id)).toEqual(await sealedIds());
  });

  it('goes on with another instance when the one at work died, once its lease is over', async () => {
    const { id } = await make();
    await seal();
    const dies = (lease: string) =>
      one.sql(
        `update audit_stream_turns set holder = new_id(), lease_until = now() + $2::interval where stream_id = $1`,
        [id, lease],
      );
    await dies('30 seconds');
    await pump(other);
    expect(receiver.received).toEqual([]);
    await dies('-1 second');
    await pump(other);
    expect(receiver.events<Event>().map((event) => event.id)).toEqual(await sealedIds());
  });

  it('brings only what its filter lets pass, and does not stand still for the rest', async () => {
    const { id } = await make({
      filter: { types: ['secret.created', 'secret.accessed'], risks: ['medium'] },
    });
    await busy(2);
    await sealAndPump();
    expect(receiver.events<Event>().map(({ type }) => type)).toEqual(['secret.created', 'secret.created']);
    expect(await get(id)).toMatchObject({ backlog: { events: 0 }, delivered: 2 });
  });

  it('makes messages smaller until the one event is alone that the receiver refuses, which may be skipped', async () => {
    const { id } = await make();
    await busy(6);
    await seal();
    const total = (await sealedIds()).length;
    receiver.answers.push(413, 413);
    await pump(one);
    await due();
    await pump(one);
    await due();
    await pump(one);
    expect(receiver.events<Event>()).toHaveLength(total);

    await busy(1);
    await seal();
    receiver.answers.push(400, 400);
    await pump(one);
    const [refused] = (await sealedIds()).slice(-1);
    expect(await get(id)).toMatchObject({ lastError: 'The receiver answered 400.', backlog: { events: 1 } });
    const { body } = await admin.post(`/v1/audit-streams/${id}/resume`).send({ skip: true }).expect(200);
    expect(body).toMatchObject({ status: 'active', failures: 0, backlog: { events: 0 } });
    receiver.answers.length = 0;
    await sealAndPump();
    expect(receiver.events<Event>().map((event) => event.id)).not.toContain(refused);
    expect(receiver.events<Event>().at(-1)).toMatchObject({
      type: 'audit_stream.resumed',
      data: { skipped: { seal: expect.any(Number) } },
    });
    const nothing = await admin.post(`/v1/audit-streams/${id}/resume`).send({ skip: true }).expect(409);
    expect(nothing.body.code).toBe('nothing_to_skip');
  });

  it('looks for what the receiver refuses in ever smaller messages, and goes on in larger ones', async () => {
    await make();
    await busy(6);
    await seal();
    receiver.answers.push(400, 400);
    for (let tries = 0; tries < 3; tries += 1) {
      await pump(one);
      await due();
    }
    const all = (await sealedIds()).length;
    const quarter = Math.floor(Math.floor(all / 2) / 2);
    expect(receiver.received.map(({ body }) => body.trim().split('\n').length)).toEqual([
      ...[all, Math.floor(all / 2), quarter, 2 * quarter, all - 3 * quarter],
    ]);
  });

  it('has failed since the last message that arrived, not since it failed for the first time', async () => {
    const { id } = await make();
    receiver.answers.push(503);
    await sealAndPump();
    await due();
    await pump(one);
    await busy(1);
    receiver.answers.push(503);
    await sealAndPump(new Date(Date.now() + 73 * HOUR));
    expect(await get(id)).toMatchObject({ status: 'active', failures: 1 });
  });

  it.each([
    ['refused for half a day', 401, 13 * HOUR, 'refused'],
    ['unreachable for three days', 500, 73 * HOUR, 'unreachable'],
    ['gone', 410, 0, 'refused'],
  ])(
    'is paused when the receiver is %s; the admins hear of it and nothing is lost',
    async (_, status, after, because) => {
      const { id } = await make({ name: 'SIEM' });
      await seal();
      receiver.answers.push(...Array<number>(20).fill(status));
      await pump(one);
      if (after > 0) {
        expect(await get(id)).toMatchObject({ status: 'active', failures: 1 });
        await due();
        await pump(one, new Date(Date.now() + after));
      }
      expect(await get(id)).toMatchObject({ status: 'paused', pausedBecause: because });
      const [event] = await one.auditEvents(workspace.id, 'audit_stream.paused');
      expect(event).toMatchObject({ risk: 'high', actor_type: 'system', data: { name: 'SIEM', because } });
      expect(mailsTo(one, workspace.admin.email).at(-1)!.subject).toContain('does not reach SIEM');

      const tries = receiver.received.length;
      await due();
      await sealAndPump();
      expect(receiver.received).toHaveLength(tries);
      receiver.answers.length = 0;
      await admin.post(`/v1/audit-streams/${id}/resume`).expect(200);
      await sealAndPump();
      const ids = receiver.events<Event>().map((seen) => seen.id);
      expect(ids).toEqual(await sealedIds());
    },
  );

  it('says so when the service itself cannot send, and is paused when that lasts', async () => {
    const { id } = await make({ name: 'SIEM' });
    await seal();
    const [{ secret }] = (await one.sql<{ secret: string }>(
      `update secrets set ciphertext = 'x' || ciphertext where id = (select secret_id from audit_streams where id = $1)
       returning ciphertext as secret`,
      [id],
    )) as [{ secret: string }];
    await pump(one);
    expect(await get(id)).toMatchObject({ status: 'active', failures: 1 });
    await due();
    await pump(one, new Date(Date.now() + 73 * HOUR));
    expect(await get(id)).toMatchObject({ status: 'paused', pausedBecause: 'unreachable' });
    expect(mailsTo(one, workspace.admin.email).at(-1)!.text).toContain('The service itself failed');

    await one.sql(
      `update secrets set ciphertext = $2 where id = (select secret_id from audit_streams where id = $1)`,
      [id, secret.slice(1)],
    );
    await admin.post(`/v1/audit-streams/${id}/resume`).expect(200);
    await sealAndPump();
    expect(receiver.events<Event>().map((seen) => seen.id)).toEqual(await sealedIds());
  });

  it('sends what is left of somebody who was erased: that something was there', async () => {
    const email = 'mary.jackson@nasa.test';
    const person = await one.member(workspace, 'viewer', { email });
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email }).expect(200);
    await make();
    await sealAndPump();
    const sent = receiver.received.map(({ body }) => body).join('');
    expect(sent).not.toContain('mary.jackson');
    expect(
      receiver
        .events<Event>()
        .filter(({ erased }) => erased)
        .map(({ type }) => type),
    ).toContain('auth.login_succeeded');
  });
});
