import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { requestContext } from '../../src/http/request-context';
import { Browser } from '../support/browser';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { FederatedSignIn, loginOf } from '../support/federated-sign-in';
import { APPLICATION } from '../support/oidc-sign-in';
import { mailsTo } from '../support/outbox';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const FIREFOX_LATER = FIREFOX.replaceAll('128.0', '131.0');
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

describe('Somebody who signs in with a device they never used', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let ada: TestPerson;

  beforeAll(async () => {
    app = await startApp({ APP_REDIRECT_URIS: APPLICATION });
    acme = await app.workspace();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    ada = await app.member(acme, 'viewer');
  });

  const settled = () => app.app.get(DeviceWatch, { strict: false }).settled();
  const login = (userAgent: string, cookie?: string) => {
    const call = app.http().post('/v1/auth/login').set('user-agent', userAgent);
    if (cookie) void call.set('cookie', cookie);
    return call.send({ email: ada.email, password: PASSWORD, workspace: acme.slug }).expect(200);
  };
  const told = async () => {
    await settled();
    return mailsTo(app, ada.email).filter(({ subject }) => subject.includes('new device'));
  };

  it('is told, and it is on record; of the first one ever nobody hears', async () => {
    expect(await told()).toEqual([]);
    await login(CHROME);
    const [mail, ...more] = await told();
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ to: ada.email, subject: `${acme.slug}: a sign-in with a new device` });
    for (const text of [mail!.text, mail!.html]) {
      expect(text).toContain('Device: Chrome on Windows');
      expect(text).toContain('Address: ');
      expect(text).toMatch(/Time: \d+ \w+ \d{4}/);
      expect(text).toContain('end your other sessions');
      expect(text).toContain(`${app.baseUrl}/login`);
    }
    expect((await app.auditEvents(acme.id, 'auth.new_device')).at(-1)).toMatchObject({
      risk: 'medium',
      actor_id: ada.userId,
      target_id: ada.memberId,
      data: { method: 'password', device: 'Chrome on Windows', network: expect.stringMatching(/\/\d+$/) },
    });
  });

  it('is told once, however often and however much at once, and whatever its version becomes', async () => {
    await settled();
    await Promise.all(Array.from({ length: 5 }, () => login(FIREFOX)));
    expect(await told()).toHaveLength(1);
    await login(FIREFOX_LATER);
    await login('curl/8.5.0');
    await login('curl/8.6.0');
    expect(await told()).toHaveLength(2);
  });

  it('is known by the cookie of the browser, which is signed, long-lived and out of reach of scripts', async () => {
    await settled();
    const answer = await login(FIREFOX);
    const cookie = ([answer.headers['set-cookie']].flat() as string[]).find((text) =>
      text.startsWith('gatehouse_device='),
    )!;
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=34560000$/);
    expect(await told()).toHaveLength(1);
    const shown = cookie.split(';')[0]!;
    await login(CHROME, shown);
    expect(await told()).toHaveLength(2);
    await login('curl/8.5.0', shown);
    expect(await told()).toHaveLength(2);
    await login(
      'Other/1',
      shown.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
    );
    expect(await told()).toHaveLength(3);
  });

  it('on the pages is known by that cookie alone', async () => {
    await settled();
    const browser = new Browser();
    const signIn = async (by: Browser) => {
      const page = await (await by.open(`${app.baseUrl}/login`)).submit({ email: ada.email });
      expect((await page.submit({ password: PASSWORD })).url.pathname).toBe('/console');
    };
    await signIn(browser);
    await signIn(browser);
    expect(await told()).toHaveLength(1);
    await signIn(new Browser());
    expect(await told()).toHaveLength(2);
  });

  it('is told too when an identity provider vouched for them, and no second time for the code', async () => {
    const idp = new FederatedSignIn(app);
    const { connection, domain } = await idp.scene();
    const email = `ada@${domain}`;
    const at = (userAgent: string, cookies: string | undefined, query: object = {}) => {
      const context = { requestId: 'r', ip: '203.0.113.7', userAgent, cookies, setCookies: [] as string[] };
      return requestContext.run(context, async () => {
        const { location } = await idp.signIn({ connection }, loginOf('ada', email), query);
        return { location, cookie: context.setCookies.at(-1)?.split(';')[0] };
      });
    };
    const heard = async () => {
      await settled();
      return mailsTo(app, email);
    };
    const { cookie } = await at(FIREFOX, undefined);
    expect(await heard()).toEqual([]);
    const { location } = await at(FIREFOX, cookie, { redirectUri: APPLICATION });
    const code = new URL(location).searchParams.get('code');
    const { body } = await app
      .http()
      .post('/v1/auth/token')
      .set('user-agent', 'node')
      .send({ code })
      .expect(200);
    expect(await heard()).toEqual([]);
    const { body: sessions } = await app.http(body.accessToken).get('/v1/auth/sessions').expect(200);
    expect(sessions.data[0]).toMatchObject({
      current: true,
      connection: 'Acme',
      device: 'Firefox on Linux',
      network: '203.0.113.0/24',
      place: null,
    });
    await at(CHROME, undefined);
    expect((await heard()).map(({ text }) => text.includes('Chrome on Windows'))).toEqual([true]);
  });

  it('is known in this workspace only', async () => {
    await settled();
    const globex = await app.workspace();
    await app.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'viewer', 'invitation')`,
      [globex.id, ada.userId, ada.email],
    );
    await app.signIn(ada.email, globex.slug);
    expect(await told()).toEqual([]);
    expect(await app.auditEvents(globex.id, 'auth.new_device')).toEqual([]);
  });

  it('leaves hashes only, of so many devices and no more, which go with the person', async () => {
    await settled();
    await app.sql(
      `insert into member_devices (workspace_id, member_id, key_hash, last_seen_at)
       select $1, $2, sha256(n::text::bytea), now() - make_interval(days => n) from generate_series(1, 60) n`,
      [acme.id, ada.memberId],
    );
    await login(FIREFOX);
    await settled();
    const devices = () =>
      app.sql<{ row: string }>('select to_jsonb(d)::text as row from member_devices d where member_id = $1', [
        ada.memberId,
      ]);
    expect(await devices()).toHaveLength(50);
    expect(JSON.stringify(await devices())).not.toMatch(/firefox|127\.0|linux/i);
    const admin = app.http(acme.admin.accessToken);
    const { body } = await admin.get(`/v1/members/${ada.memberId}/export`).expect(200);
    expect(body.devices.inThisWorkspace).toHaveLength(50);
    await admin.post(`/v1/members/${ada.memberId}/erase`).send({ email: ada.email }).expect(200);
    expect(await devices()).toEqual([]);
  });
});
