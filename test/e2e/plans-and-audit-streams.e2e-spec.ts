import { randomUUID } from 'node:crypto';
import { Sealer } from '../../src/audit/seals/sealer.service';
import { MessageSender } from '../../src/audit-streams/delivery/message-sender.service';
import { StreamPump } from '../../src/audit-streams/delivery/stream-pump.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { WebhookReceiver } from '../support/log-receivers';

describe('A plan without streaming of the audit log', () => {
  let service: TestApp;
  let acme: TestWorkspace;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    await service.sql(
      `insert into plans (name, features) values ('team', '{sso}'), ('everything', '{sso,scim,audit_streaming}')`,
    );
  });
  beforeEach(async () => {
    acme = await service.workspace();
    receiver = await WebhookReceiver.listen();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    receiver.close();
  });
  afterAll(() => service?.close());

  const admin = () => service.http(acme.admin.accessToken);
  const onPlan = (plan: string) =>
    service.sql('update workspaces set plan = $2 where id = $1', [acme.id, plan]);
  const input = () => ({ type: 'webhook', name: 'SIEM', url: receiver.url });
  const make = async () => (await admin().post('/v1/audit-streams').send(input()).expect(201)).body.id;
  const types = () => receiver.events<{ type: string }>().map(({ type }) => type);
  const happens = async () => {
    await admin().post('/v1/secrets').send({ name: randomUUID(), value: 'v' }).expect(201);
    await service.app.get(Sealer).now(acme.id);
    await service.app.get(StreamPump).look();
  };

  it('refuses to set streams up or start them again, naming the plans that would do', async () => {
    const id = await make();
    await onPlan('team');
    const calls = [
      admin().post('/v1/audit-streams').send(input()),
      admin().patch(`/v1/audit-streams/${id}`).send({ name: 'Other' }),
      admin().post(`/v1/audit-streams/${id}/resume`).send({}),
      admin().post(`/v1/audit-streams/${id}/rotate-secret`).send({}),
      admin().post(`/v1/audit-streams/${id}/test`),
    ];
    for (const call of calls) {
      const { body } = await call.expect(403);
      expect(body).toMatchObject({
        code: 'plan_required',
        detail:
          'The plan "team" of this workspace does not include streaming of the audit log. It is part of: "everything".',
      });
    }
    const refusals = await service.auditEvents(acme.id, 'access.refused');
    expect(refusals.map(({ data }) => data.code)).toEqual(calls.map(() => 'plan_required'));
    expect(receiver.received).toEqual([]);
  });

  it('leaves what there is to be seen, paused and deleted, and the log to be read and exported', async () => {
    const id = await make();
    await onPlan('team');
    await admin().get('/v1/audit-streams').expect(200);
    await admin().get(`/v1/audit-streams/${id}`).expect(200);
    await admin().post(`/v1/audit-streams/${id}/pause`).expect(200);
    await admin().delete(`/v1/audit-streams/${id}`).expect(204);
    await admin().get('/v1/audit-events').expect(200);
    await admin().get('/v1/audit-events/export').expect(200);
  });

  it('ends the turn of a stream that is at work', async () => {
    const id = await make();
    await service.app.get(Sealer).now(acme.id);
    await happens();
    await service.sql(
      'update audit_streams set batch_limit = 1, seal = 0, position = -1, sending_seal = null where id = $1',
      [id],
    );
    const before = types().length;
    const sender = service.app.get(MessageSender, { strict: false });
    const send = sender.send.bind(sender);
    jest.spyOn(sender, 'send').mockImplementationOnce(async (message) => {
      const outcome = await send(message);
      await onPlan('team');
      return outcome;
    });
    await happens();
    expect(types()).toHaveLength(before + 1);
  });

  it('keeps streams still that were there before; with it they go on where they stopped, and nothing is lost', async () => {
    await make();
    await happens();
    expect(types().slice(-2)).toEqual(['audit_stream.created', 'secret.created']);
    const before = types().length;
    await onPlan('team');
    await happens();
    await happens();
    expect(types()).toHaveLength(before);
    await onPlan('everything');
    await happens();
    expect(types().slice(before)).toEqual(['secret.created', 'secret.created', 'secret.created']);
  });
});
