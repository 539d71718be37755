import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { startApp, type TestApp } from '../support/app';
import { MappingScene } from '../support/role-mapping';

const COPY = `insert into sessions
  select (jsonb_populate_record(s, jsonb_build_object('id', $2::uuid))).* from sessions s where id = $1`;
const ENDED = 'select end_reason, ended_at is not null as ended from sessions where id = $1';

describe('A session that begins while its connection is being disabled', () => {
  let app: TestApp;
  let the: MappingScene;
  let client: Client;
  let signedIn: string;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
    await the.signIn('ada', []);
    const { id } = await the.memberOf('ada');
    signedIn = (await app.sql<{ id: string }>('select id from sessions where member_id = $1', [id]))[0]!.id;
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client?.end());

  const disable = () =>
    the.asAdmin.post(`/v1/sso/connections/${the.scene.connection.id}/disable`).expect(200);
  it('ends with it when it was first', async () => {
    const id = randomUUID();
    await client.query(COPY, [signedIn, id]);
    const disabled = disable().then((answer) => answer.status);
    await app.waiting();
    await client.query('commit');
    expect(await disabled).toBe(200);
    expect(await app.sql(ENDED, [id])).toEqual([{ ended: true, end_reason: 'connection_withdrawn' }]);
  });

  it('is over before it began when it was second', async () => {
    await client.query(`update sso_connections set status = 'disabled' where id = $1`, [
      the.scene.connection.id,
    ]);
    const id = randomUUID();
    const begun = app.sql(COPY, [signedIn, id]);
    await app.waiting();
    await client.query('commit');
    await begun;
    expect(await app.sql(ENDED, [id])).toEqual([{ ended: true, end_reason: 'connection_withdrawn' }]);
  });
});
