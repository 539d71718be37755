import { Client } from 'pg';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { startApp, type TestApp } from '../support/app';
import { textsOf } from '../support/messages';
import { type ScimClient, scimWorkspace } from '../support/scim-client';

/** What directories ask all day costs few statements, and those that need no answers of each other share round trips. */
describe('Statements to the database', () => {
  let app: TestApp;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    ({ scim } = await scimWorkspace(app));
    await scim.create({ userName: 'first' }); // notes the use of the token
    // The device the admin signed in from is noted beside the requests, a moment later.
    await app.app.get(DeviceWatch, { strict: false }).settled();
  });
  afterAll(() => app?.close());
  afterEach(() => jest.restoreAllMocks());

  const asked = async (work: () => Promise<unknown>): Promise<string[]> => {
    const query = jest.spyOn(Client.prototype, 'query');
    await work();
    return query.mock.calls.flatMap(([sent]) => textsOf(sent));
  };

  it('to find somebody by userName: recognise; name the workspace and find, as one', async () => {
    const find = () => scim.find('userName eq "first"').expect(200);
    await find();
    const texts = await asked(find);
    expect(texts).toHaveLength(3);
    expect(texts).not.toContain('commit');
  });

  it('to say that a group is as it was known: recognise; name the workspace and find, as one, however many are in it', async () => {
    const { id, meta } = await scim.createGroup({ members: [(await scim.create()).id] });
    const ask = () => scim.with({ 'if-none-match': meta.version }).get(`/Groups/${id}`).expect(304);
    await ask();
    expect(await asked(ask)).toHaveLength(3);
  });

  it('to create a user: recognise; name the workspace, admit, audit in two tables, as one', async () => {
    // As one once the connection has prepared them.
    for (let at = 0; at < 3; at += 1) await scim.create();
    const texts = await asked(() => scim.create());
    expect(texts).toHaveLength(5);
    expect(texts.filter((text) => /admit_members/.test(text))).toHaveLength(1);
    expect(texts).not.toContain('commit');
  });

  it('to change one: recognise; begin, hold; update; audit in two tables, commit', async () => {
    const { id } = await scim.create();
    const change = { op: 'replace', path: 'title', value: 'Dr' };
    const texts = await asked(() => scim.patch(`/Users/${id}`, change).expect(200));
    expect(texts).toHaveLength(7);
  });
});
