import { generate } from 'selfsigned';
import { Sealer } from '../../src/audit/seals/sealer.service';
import { StreamPump } from '../../src/audit-streams/delivery/stream-pump.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { SyslogReceiver } from '../support/log-receivers';

interface Identity {
  private: string;
  cert: string;
}

const LINE = /^<(\d+)>1 (\S+) localhost gatehouse - (\S+) \[origin software="Gatehouse"\] (.*)$/s;

describe('A stream of the audit log to a syslog server', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let server: Identity;
  let client: Identity;
  let receiver: SyslogReceiver;

  beforeAll(async () => {
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    server = await identity('syslog.acme.test');
    client = await identity('gatehouse.acme.test');
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });
  afterEach(() => receiver?.close());

  const make = async (input: object) =>
    (
      await admin
        .post('/v1/audit-streams')
        .send({ type: 'syslog', host: '127.0.0.1', port: receiver.port, startAt: 'beginning', ...input })
        .expect(201)
    ).body as { id: string; signingSecret: string | null; lastError: string | null };
  const get = async (id: string) => (await admin.get(`/v1/audit-streams/${id}`).expect(200)).body as object;
  const sealAndPump = async () => {
    await service.app.get(Sealer).now(workspace.id);
    await service.sql(`update audit_stream_turns set due_at = now() where due_at < 'infinity'`);
    await service.app.get(StreamPump).look();
  };
  const sealedIds = async () =>
    (
      await service.sql<{ event_id: string }>(
        'select event_id from audit_leaves where workspace_id = $1 order by seal, position',
        [workspace.id],
      )
    ).map((row) => row.event_id);

  it('arrives over TLS as RFC 5424 messages, framed by their length, in order', async () => {
    receiver = await SyslogReceiver.listen({ key: server.private, cert: server.cert });
    const made = await make({ ca: server.cert });
    expect(made.signingSecret).toBeNull();
    await admin.post('/v1/secrets').send({ name: 'naïve | \\ = name', value: 'v' }).expect(201);
    await sealAndPump();

    const parsed = receiver.messages.map((message) => LINE.exec(message)!);
    const events = parsed.map(
      ([, , , , json]) => JSON.parse(json!) as { id: string; type: string; data: object },
    );
    expect(events.map(({ id }) => id)).toEqual(await sealedIds());
    const [, priority, , messageId] = parsed.find(([, , , type]) => type === 'secret.created')!;
    expect([priority, messageId]).toEqual([String(13 * 8 + 5), 'secret.created']);
    expect(events.find(({ type }) => type === 'secret.created')!.data).toMatchObject({
      name: 'naïve | \\ = name',
    });
    expect(await get(made.id)).toMatchObject({ backlog: { events: 0 }, delivered: events.length });
  });

  it('connects anew after a connection that broke, and loses nothing', async () => {
    receiver = await SyslogReceiver.listen({ key: server.private, cert: server.cert });
    const { id } = await make({ ca: server.cert, format: 'cef' });
    receiver.toCut = 2;
    await sealAndPump();
    expect(await get(id)).toMatchObject({ failures: 1, lastError: 'The server could not be reached.' });
    await sealAndPump();
    await sealAndPump();
    const ids = receiver.messages.map((message) => /externalId=(\S+)/.exec(message)![1]);
    expect(ids).toEqual(await sealedIds());
    expect(receiver.connections).toBe(3);
    expect(receiver.messages[0]).toMatch(/ CEF:0\|Gatehouse\|Gatehouse\|1\|workspace\.created\|/);
  });

  it('shows a client certificate where the server asks for one', async () => {
    receiver = await SyslogReceiver.listen({
      ...{ key: server.private, cert: server.cert },
      ...{ ca: client.cert, requestCert: true, rejectUnauthorized: true },
    });
    const { id } = await make({ ca: server.cert });
    await sealAndPump();
    expect(receiver.messages).toEqual([]);
    expect(await get(id)).toMatchObject({ failures: 1 });
    const half = await admin
      .patch(`/v1/audit-streams/${id}`)
      .send({ clientCertificate: client.cert })
      .expect(400);
    expect(half.body.errors[0].field).toBe('clientKey');
    const foreign = { clientCertificate: client.cert, clientKey: server.private };
    await admin.patch(`/v1/audit-streams/${id}`).send(foreign).expect(400);

    const { body } = await admin
      .patch(`/v1/audit-streams/${id}`)
      .send({ clientCertificate: client.cert, clientKey: client.private })
      .expect(200);
    expect(JSON.stringify(body)).not.toContain('PRIVATE KEY');
    await sealAndPump();
    expect(receiver.messages.length).toBe((await sealedIds()).length);
  });

  it('believes another authority in the place of the one before', async () => {
    receiver = await SyslogReceiver.listen({ key: server.private, cert: server.cert });
    const { id } = await make({ ca: client.cert });
    await sealAndPump();
    expect(await get(id)).toMatchObject({ failures: 1, delivered: 0 });
    const { body } = await admin.patch(`/v1/audit-streams/${id}`).send({ ca: server.cert }).expect(200);
    expect(body).toMatchObject({ ca: server.cert, failures: 0 });
    await sealAndPump();
    expect(receiver.messages.length).toBe((await sealedIds()).length);
  });

  it('sends nothing to a server whose certificate nobody vouches for', async () => {
    receiver = await SyslogReceiver.listen({ key: server.private, cert: server.cert });
    const stranger = await make({});
    await sealAndPump();
    expect(await get(stranger.id)).toMatchObject({ failures: 1, delivered: 0 });
    const other = await identity('other.acme.test', '10.0.0.1');
    receiver.close();
    receiver = await SyslogReceiver.listen({ key: other.private, cert: other.cert });
    await admin
      .patch(`/v1/audit-streams/${stranger.id}`)
      .send({ ca: other.cert, port: receiver.port })
      .expect(200);
    await sealAndPump();
    expect(await get(stranger.id)).toMatchObject({ failures: 1, delivered: 0 });
    expect(receiver.messages).toEqual([]);
  });
});

async function identity(name: string, ip = '127.0.0.1'): Promise<Identity> {
  return generate([{ name: 'commonName', value: name }], {
    ...{ keyType: 'ec', curve: 'P-256', algorithm: 'sha256' },
    notAfterDate: new Date(Date.now() + 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip }] },
    ],
  } as never);
}
