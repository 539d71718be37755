import { Client } from 'pg';
import { ApiKeyUse } from '../../src/api-keys/usage/api-key-use';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { NewDeviceNotice } from '../../src/auth/devices/new-device-notice.service';
import { Database } from '../../src/database/database';
import { requestContext } from '../../src/http/request-context';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { mailsTo } from '../support/outbox';

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
    // Not before: on a slow machine the use would be written by then.
    await meanwhile(maker, async () => {
      await service
        .withKey(body.key as string)
        .get('/v1/members')
        .expect(200);
      await service.app.get(ApiKeyUse).flush();
    });
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

  it('is everything as before where it fails in the end: not even a mail is gone', async () => {
    const person = await service.member(workspace, 'viewer');
    await enrol(service, person.accessToken);
    const mails = mailsTo(service, person.email);
    expect(mails).toHaveLength(1);
    await service.sql(`
      create function test_refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
      create trigger test_refuse before update on audit_people execute function test_refuse()`);
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(500);
    await service.sql('drop trigger test_refuse on audit_people; drop function test_refuse()');
    expect(mailsTo(service, person.email)).toEqual(mails);
    await erase(person);
    expect(mailsTo(service, person.email)).toEqual([]);
  });

  describe('is a sign-in that is looked at for new devices', () => {
    let person: TestPerson;
    const context = { requestId: 'r', ip: '203.0.113.7', userAgent: 'curl/8.0' };
    const watch = () => service.app.get(DeviceWatch, { strict: false });
    beforeEach(async () => {
      person = await service.member(workspace, 'viewer');
      await watch().settled();
    });
    const expectNothing = async () => {
      const devices = await service.sql('select from member_devices where member_id = $1', [person.memberId]);
      expect([devices, mailsTo(service, person.email)]).toEqual([[], []]);
      expect(await service.auditEvents(workspace.id, 'auth.new_device')).toEqual([]);
    };

    it('after they are erased: nothing is kept, and nobody is told', async () => {
      const signedIn = { ...person, method: 'password' };
      await meanwhile(person, async () => {
        await requestContext.run(context, () =>
          service.app.get(Database).inWorkspace(workspace.id, async () => watch().note(signedIn, 'program')),
        );
        await watch().settled();
      });
      await expectNothing();
    });

    it('before, and told of after: nobody is told', async () => {
      await erase(person);
      const sighting = { ...person, method: 'password', keyHash: Buffer.from('01', 'hex'), at: new Date() };
      await service.app.get(NewDeviceNotice, { strict: false }).give(workspace.id, { ...sighting, context });
      await expectNothing();
    });
  });
});
