import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveFiles } from '../../src/audit/archives/archive-files.service';
import { SealStore } from '../../src/audit/seals/seal-store.service';
import { SealedEntries } from '../../src/audit/seals/sealed-entries.service';
import { Sealer } from '../../src/audit/seals/sealer.service';
import { MessageSender } from '../../src/audit-streams/delivery/message-sender.service';
import { StreamPump } from '../../src/audit-streams/delivery/stream-pump.service';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { WebhookReceiver } from '../support/log-receivers';

/** What happens to a stream of the audit log while something else is done with it, or with the log. */
describe('A stream of the audit log, in the same moment', () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let receiver: WebhookReceiver;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'streams-at-once-'));
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1', AUDIT_ARCHIVE_DIR: folder });
  });
  afterAll(async () => {
    await app?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    workspace = await app.workspace();
    admin = app.http(workspace.admin.accessToken);
    receiver = await WebhookReceiver.listen();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    receiver.close();
  });

  const make = async (url = receiver.url) =>
    (await admin.post('/v1/audit-streams').send({ type: 'webhook', url, startAt: 'beginning' }).expect(201))
      .body as { id: string };
  const get = async (id: string) =>
    (await admin.get(`/v1/audit-streams/${id}`).expect(200)).body as Record<string, unknown>;
  const pump = () => app.app.get(StreamPump).look();
  const seal = () => app.app.get(Sealer).now(workspace.id);
  /** Does something while the next message is on its way. */
  const meanwhile = (deed: () => PromiseLike<unknown>): void => {
    const sender = app.app.get(MessageSender, { strict: false });
    const send = sender.send.bind(sender);
    jest.spyOn(sender, 'send').mockImplementationOnce(async (message) => {
      const outcome = await send(message);
      await deed();
      return outcome;
    });
  };

  it('is not paused for a receiver that an admin has just replaced', async () => {
    const gone = await WebhookReceiver.listen();
    try {
      const { id } = await make(gone.url);
      await seal();
      gone.answers.push(410);
      meanwhile(() => admin.patch(`/v1/audit-streams/${id}`).send({ url: receiver.url }).expect(200));
      await pump();
      expect(gone.received).toHaveLength(1);
      expect(await get(id)).toMatchObject({ status: 'active', failures: 0 });
      expect(await app.auditEvents(workspace.id, 'audit_stream.paused')).toEqual([]);
      await pump();
      expect(receiver.received.map(({ body }) => body)).toEqual(gone.received.map(({ body }) => body));
    } finally {
      gone.close();
    }
  });

  it('goes on at once when an admin leaves out the message that is on its way', async () => {
    const { id } = await make();
    await seal();
    meanwhile(() => admin.post(`/v1/audit-streams/${id}/resume`).send({ skip: true }).expect(200));
    await pump();
    await seal();
    await pump();
    expect(receiver.received).toHaveLength(2);
    const ids = receiver.events<{ id: string }>().map((event) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(['made', 'resumed'] as const)('has what is sealed while it is %s', async (how) => {
    const resumed = how === 'resumed' ? await make() : undefined;
    if (resumed) await admin.post(`/v1/audit-streams/${resumed.id}/pause`).expect(200);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const store = app.app.get(SealStore, { strict: false });
    const add = store.add.bind(store);
    let sealed: Promise<void> | undefined;
    await new Promise<void>((added) => {
      jest.spyOn(store, 'add').mockImplementationOnce(async (newSeal) => {
        await add(newSeal);
        added();
        await released;
      });
      sealed = seal();
    });
    const begun = resumed ? admin.post(`/v1/audit-streams/${resumed.id}/resume`).expect(200) : make();
    // Whether it waits for the seal or not, it is looked at before the seal is there.
    await Promise.race([begun, app.waiting()]);
    await pump();
    release();
    await Promise.all([begun, sealed]);
    await pump();
    expect(receiver.received).toHaveLength(1);
  });

  it('goes on with what is sealed while it comes to rest', async () => {
    await make();
    await seal();
    const sealMore = AsyncResource.bind(async () => {
      await admin
        .post('/v1/api-keys')
        .send({ name: 'ci', scopes: ['members:read'] })
        .expect(201);
      await seal();
    });
    const entries = app.app.get(SealedEntries, { strict: false });
    const after = entries.after.bind(entries);
    const look = jest.spyOn(entries, 'after').mockImplementation(async (...place) => {
      const page = await after(...place);
      if (page.length > 0) return page;
      look.mockRestore();
      await sealMore();
      return page;
    });
    await pump();
    expect(receiver.received).toHaveLength(1);
    await pump();
    expect(receiver.events<{ type: string }>().at(-1)).toMatchObject({ type: 'api_key.created' });
  });

  it.each([
    ['arrived', 200, 0],
    ['arrived after others', 200, 99],
    ['did not arrive', 503, 0],
  ])('is left to whoever took it over while a message was on its way, which %s', async (_, answer, to) => {
    const { id } = await make();
    await seal();
    await app.sql('update audit_streams set batch_limit = 1 where id = $1', [id]);
    receiver.answers.push(answer);
    const other = randomUUID();
    meanwhile(async () => {
      await app.sql('update audit_stream_turns set holder = $2 where stream_id = $1', [id, other]);
      if (to > 0) await app.sql('update audit_streams set seal = $2 where id = $1', [id, to]);
    });
    await pump();
    expect(receiver.received).toHaveLength(1);
    const [stream] = await app.sql<{ seal: string }>('select seal from audit_streams where id = $1', [id]);
    if (to > 0) expect(stream).toEqual({ seal: String(to) });
    expect(await app.sql('select holder from audit_stream_turns where stream_id = $1', [id])).toEqual([
      { holder: other },
    ]);
  });

  it('is resumed while an archive is being written: what it has yet to send stays', async () => {
    await admin
      .patch('/v1/workspace/policy')
      .send({ audit: { retentionDays: 30 } })
      .expect(200);
    await app.sql(`update audit_events set time = time - interval '40 days' where workspace_id = $1`, [
      workspace.id,
    ]);
    await seal();
    const { id } = await make();
    await admin.post(`/v1/audit-streams/${id}/pause`).expect(200);
    const old = await app.sql<{ id: string }>(
      `select id from audit_events where workspace_id = $1 and time < now() - interval '30 days'`,
      [workspace.id],
    );
    expect(old.length).toBeGreaterThan(0);

    const files = app.app.get(ArchiveFiles, { strict: false });
    const write = files.write.bind(files);
    jest.spyOn(files, 'write').mockImplementationOnce(async (...what) => {
      const written = await write(...what);
      await admin.post(`/v1/audit-streams/${id}/resume`).send({}).expect(200);
      return written;
    });
    await app.app.get(Schedule).run('archive_audit_events', new Date());
    await seal();
    await pump();

    const sent = new Set(receiver.events<{ id: string }>().map((event) => event.id));
    const missing = old.filter((event) => !sent.has(event.id));
    const [resumed] = await app.auditEvents(workspace.id, 'audit_stream.resumed');
    expect([missing, resumed!.data.archived]).toEqual([[], undefined]);
    expect((await admin.get('/v1/audit-archives').expect(200)).body.data).toEqual([]);
    expect(readdirSync(join(folder, workspace.id))).toEqual([]);
  });
});
