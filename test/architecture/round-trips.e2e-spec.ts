import { Client } from 'pg';
import { ApiKeyUse } from '../../src/api-keys/usage/api-key-use';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { textsOf } from '../support/messages';

/** Every message to PostgreSQL is a round trip; on the hot path each one counts. */
describe('Round trips to the database', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let key: string;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    const { body } = await service
      .http(workspace.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'ci', scopes: ['members:read'] })
      .expect(201);
    key = body.key as string;
    await service.withKey(key).get('/v1/auth/me').expect(200);
    // Its device is known from now on, and not looked at once more while round trips are counted.
    await signIn().expect(200);
  });
  // The use of keys and the devices of sign-ins are noted beside the requests, a moment later.
  beforeEach(async () => {
    await service.app.get(ApiKeyUse).flush();
    await service.app.get(DeviceWatch, { strict: false }).settled();
  });
  afterAll(() => service?.close());
  afterEach(() => jest.restoreAllMocks());

  const bearer = () => service.http(workspace.admin.accessToken);
  const signIn = () =>
    service
      .http()
      .post('/v1/auth/login')
      .send({ email: workspace.admin.email, password: PASSWORD, workspace: workspace.slug });

  it.each([
    ['who am I, by access token', 1, () => bearer().get('/v1/auth/me').expect(200)],
    ['who am I, by API key', 1, () => service.withKey(key).get('/v1/auth/me').expect(200)],
    ['may I, for a gateway', 1, () => bearer().get('/v1/auth/verify').expect(204)],
    // Recognise; begin with the workspace named; read; commit.
    ['a list', 4, () => bearer().get('/v1/api-keys').expect(200)],
    // The account; begin; all that decides; device, session, token, audit event and COMMIT as one.
    ['a sign-in with a password', 4, () => signIn().expect(200)],
    // Refused for what it is, before there is a transaction.
    ['a body that cannot be read', 1, () => bearer().post('/v1/api-keys').send({ nane: 'x' }).expect(400)],
    // Recognise; what is read changes nothing, so that each statement is a transaction by itself.
    ['members, with when they were last seen', 3, () => service.withKey(key).get('/v1/members').expect(200)],
  ])('%s: %i', async (_, expected, call) => {
    expect(await fewest(call, expected)).toHaveLength(expected);
  });

  it('are as many for a sign-in that is refused, whether or not anybody has the address', async () => {
    const attempt = (body: object) =>
      service
        .http()
        .post('/v1/auth/login')
        .send({ password: 'wrong', ...body })
        .expect(401);
    const ofAttempt = async (body: object) => (await fewest(() => attempt(body))).length;
    const [known, unknown] = [{ email: workspace.admin.email }, { email: 'nobody@nowhere.test' }];
    expect(await ofAttempt(unknown)).toBe(await ofAttempt(known));
    const named = { workspace: workspace.slug };
    expect(await ofAttempt({ ...unknown, ...named })).toBe(await ofAttempt({ ...known, ...named }));
  });

  it('are shared by requests that arrive together', async () => {
    const query = jest.spyOn(Client.prototype, 'query');
    await Promise.all(Array.from({ length: 20 }, () => bearer().get('/v1/auth/me').expect(200)));
    expect(query.mock.calls.length).toBeLessThanOrEqual(20);
  });
});

/**
 * What went to the database in the shortest of several calls: on a connection that has not seen a statement yet, that is
 * prepared first. As few as are expected are enough.
 */
async function fewest(call: () => PromiseLike<unknown>, enough = 0): Promise<string[]> {
  let shortest: string[] | undefined;
  for (let times = 0; times < 8; times += 1) {
    const query = jest.spyOn(Client.prototype, 'query');
    await call();
    const sent = query.mock.calls.map(([sent]) => textsOf(sent).join('; '));
    query.mockRestore();
    if (!shortest || sent.length < shortest.length) shortest = sent;
    if (shortest.length <= enough) break;
  }
  return shortest!;
}
