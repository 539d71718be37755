import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { PasswordNotices } from '../../src/auth/password/change/password-notices.service';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';
import { ScimClient, scimWorkspace } from '../support/scim-client';

/** What is done beside requests, for those that are answered while the service stops already. */
describe('A request that is answered while the service stops', () => {
  let app: TestApp;
  let stopping: TestApp;
  let client: Client;
  let workspace: TestWorkspace;
  let person: TestPerson;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    stopping = await startApp({ PUBLIC_URL: app.baseUrl }, app);
    workspace = await app.workspace();
    person = await app.member(workspace, 'editor');
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client?.end());

  /** Holds the request up at what was locked, until the service takes no new connections any more. */
  async function answeredLast<T>(deed: PromiseLike<T>): Promise<T> {
    const answer = Promise.resolve(deed);
    await app.waiting();
    const closed = stopping.close();
    const server = stopping.app.getHttpServer();
    while (server.listening) await pause(10);
    await client.query('commit');
    await closed;
    return answer;
  }

  it('stands in the activity log of its directory', async () => {
    const { scim, id } = await scimWorkspace(app);
    const user = await scim.create();
    await client.query('select from members where id = $1 for update', [user.id]);
    const change = { op: 'replace', path: 'displayName', value: 'Ada' };
    const { status } = await answeredLast(
      new ScimClient(stopping, scim.token).patch(`/Users/${user.id}`, change).then((response) => response),
    );
    expect(status).toBe(200);
    expect(
      await app.sql(`select status from scim_activity where workspace_id = $1 and method = 'PATCH'`, [id]),
    ).toEqual([{ status: 200 }]);
  });

  it('that changed a password is told of by mail', async () => {
    await app.http().post('/v1/auth/password/forgot').send({ email: person.email }).expect(202);
    await app.app.get(PasswordNotices).settled();
    const [, token] = /\/login\/reset#(ghn_\w+)/.exec(mailsTo(app, person.email).at(-1)!.text)!;
    await client.query('select from users where id = $1 for update', [person.userId]);
    const { status } = await answeredLast(
      stopping
        .http()
        .post('/v1/auth/password/reset')
        .send({ token, password: 'a purple door in the harbour' })
        .then((response) => response),
    );
    expect(status).toBe(204);
    expect(mailsTo(app, person.email).at(-1)).toMatchObject({ subject: 'Your password was changed' });
  });

  it('that signed somebody in has its device remembered', async () => {
    await app.sql('delete from member_devices where member_id = $1', [person.memberId]);
    await client.query('select from members where id = $1 for update', [person.memberId]);
    const { status } = await answeredLast(
      stopping
        .http()
        .post('/v1/auth/login')
        .send({ email: person.email, password: PASSWORD })
        .then((response) => response),
    );
    expect(status).toBe(200);
    expect(
      await app.sql('select 1 from member_devices where member_id = $1', [person.memberId]),
    ).toHaveLength(1);
  });

  it('counts as a use of its API key, in whichever workspace', async () => {
    const keys = await Promise.all(
      [1, 2, 3].map(async () => {
        const { admin } = await app.workspace();
        const { body } = await app
          .http(admin.accessToken)
          .post('/v1/api-keys')
          .send({ name: 'import', scopes: ['members:read'] })
          .expect(201);
        return body as { id: string; key: string };
      }),
    );
    const [first, second, third] = keys as [(typeof keys)[0], (typeof keys)[0], (typeof keys)[0]];
    const use = ({ key }: { key: string }) => stopping.withKey(key).get('/v1/members').expect(200);
    const other = new Client({ connectionString: app.databaseUrl });
    await other.connect();
    try {
      await other.query('begin');
      await other.query('select from api_keys where id = $1 for update', [second.id]);
      await client.query('select from api_keys where id = $1 for update', [first.id]);
      await use(first);
      const closed = stopping.close();
      await app.waiting();
      // What comes meanwhile is answered, and written in its turn.
      await use(second);
      await use(third);
      await client.query('commit');
      const server = stopping.app.getHttpServer();
      while (server.listening) await pause(10);
      await other.query('commit');
      await closed;
    } finally {
      await other.end();
    }
    expect(
      await app.sql('select key_id, calls::int from api_key_usage where key_id = any($1)', [
        keys.map(({ id }) => id),
      ]),
    ).toHaveLength(3);
  });
});
