import { randomUUID } from 'node:crypto';
import { Browser } from '../../support/browser';
import { APPLICATION, connectOidc, OidcScene } from '../../support/oidc-sign-in';

/** RFC 6749 section 10.12, RFC 9207, RFC 9700 sections 4.4 and 4.7. */
describe('The answer that a browser brings back', () => {
  let scene: OidcScene;
  let browser: Browser;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene.close());
  beforeEach(() => {
    scene.idp.behave();
    browser = new Browser();
  });

  const refused = async (url: URL | string, by = browser) => {
    const { status, code } = await scene.refusal(await scene.open(by, url));
    return { status, code };
  };
  const changed = (url: URL, name: string, value: string) => {
    const copy = new URL(url);
    copy.searchParams.set(name, value);
    return copy;
  };

  it('counts once', async () => {
    const callback = await scene.leave(browser);
    expect((await scene.open(browser, callback)).status).toBe(303);
    expect(await refused(callback)).toEqual({ status: 400, code: 'request_replayed' });
  });

  it('counts once even when it is sent twenty times at once', async () => {
    const callback = await scene.leave(browser);
    const pages = await Promise.all(Array.from({ length: 20 }, () => scene.open(browser, callback)));
    expect(pages.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(scene.idp.heard.filter((line) => line === 'POST /token')).toHaveLength(1);
  });

  it('counts only in the browser that left', async () => {
    const callback = await scene.leave(browser);
    expect((await refused(callback, new Browser())).code).toBe('browser_mismatch');
    const other = new Browser();
    await scene.leave(other);
    expect((await refused(callback, other)).code).toBe('browser_mismatch');
    expect(scene.idp.heard).not.toContain('POST /token');
  });

  it.each([
    ['an unknown state', randomUUID()],
    ['a state that is no id', 'nonsense'],
    ['a state that is no id for the database', "' or 1=1 --"],
  ])('is refused with %s', async (_, state) => {
    const callback = await scene.leave(browser);
    expect(await refused(changed(callback, 'state', state))).toEqual({
      status: 400,
      code: 'request_unknown',
    });
  });

  it('does not count for another connection (mix-up)', async () => {
    const otherId = await connectOidc(scene.app, scene.workspace, scene.idp);
    const callback = await scene.leave(browser);
    const elsewhere = new URL(String(callback).replace(scene.connectionId, otherId));
    const page = await scene.open(browser, elsewhere);
    expect([page.status, (JSON.parse(page.text) as { code: string }).code]).toEqual([400, 'request_unknown']);
    expect(scene.idp.heard).not.toContain('POST /token');
  });

  it('does not count for a connection of another workspace', async () => {
    const foreign = await scene.app.workspace();
    const otherId = await connectOidc(scene.app, foreign, scene.idp);
    const callback = await scene.leave(browser);
    const page = await scene.open(browser, String(callback).replace(scene.connectionId, otherId));
    expect([page.status, (JSON.parse(page.text) as { code: string }).code]).toEqual([400, 'request_unknown']);
    expect(await scene.app.auditEvents(foreign.id, 'sso.login_failed')).toHaveLength(1);
  });

  it('may name its issuer, but no other one (RFC 9207)', async () => {
    const callback = await scene.leave(browser);
    expect(await refused(changed(callback, 'iss', 'https://evil.example'))).toEqual({
      status: 403,
      code: 'oidc_response_issuer_mismatch',
    });
    expect(scene.idp.heard).not.toContain('POST /token');
    expect((await scene.open(browser, changed(callback, 'iss', scene.idp.issuer))).status).toBe(303);
  });

  it.each([
    ['access_denied', 'oidc_access_denied'],
    ['login_required', 'oidc_provider_error'],
    ['server_error', 'oidc_provider_error'],
  ])('may be the error %s, which ends the sign-in', async (error, code) => {
    const callback = await scene.leave(browser, {
      callback: (parameters) => {
        parameters.delete('code');
        parameters.set('error', error);
        parameters.set('error_description', '<b>Not today</b>');
      },
    });
    const page = await scene.open(browser, callback);
    const refusal = await scene.refusal(page);
    expect(refusal).toMatchObject({
      status: 403,
      code,
      event: { data: { reason: `${error}: <b>Not today</b>` } },
    });
    expect(page.text).not.toContain('Not today');
    expect(await refused(callback)).toEqual({ status: 400, code: 'request_replayed' });
  });

  it('cannot end a sign-in of another browser with an error', async () => {
    const callback = await scene.leave(browser);
    const error = changed(callback, 'error', 'access_denied');
    expect((await refused(error, new Browser())).code).toBe('browser_mismatch');
    expect((await scene.open(browser, callback)).status).toBe(303);
  });

  it.each([
    ['nothing', ''],
    ['a state alone', `?state=${randomUUID()}`],
    ['a code alone', '?code=c'],
    ['an empty code', `?code=&state=${randomUUID()}`],
    ['two codes', `?code=c&code=d&state=${randomUUID()}`],
    ['two states', `?code=c&state=${randomUUID()}&state=${randomUUID()}`],
  ])('is refused when it is %s', async (_, query) => {
    expect(await refused(`${scene.url('callback')}${query}`)).toEqual({
      status: 400,
      code: 'oidc_response_invalid',
    });
  });

  it('shows people a page and programs a problem, without a word of the provider', async () => {
    const callback = await scene.leave(browser);
    const page = await browser.open(String(changed(callback, 'state', randomUUID())), {
      stopAt: [APPLICATION],
    });
    expect([page.status, page.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
    expect(page.text).toContain('request_unknown');
    const problem = await scene.open(browser, changed(callback, 'state', randomUUID()));
    expect(problem.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  it.each(['login', 'callback', 'initiate'])('is not found for an unknown connection: %s', async (step) => {
    for (const id of [randomUUID(), 'nonsense']) {
      const { body, status } = await scene.app
        .http()
        .get(`/sso/oidc/${id}/${step}`)
        .set('accept', 'application/json');
      expect([status, (body as { code: string }).code]).toEqual([404, 'not_found']);
    }
  });
});

describe('The answer of a provider that promised to name itself', () => {
  let scene: OidcScene;
  beforeAll(async () => {
    scene = await OidcScene.start({}, { authorization_response_iss_parameter_supported: true });
  });
  afterAll(() => scene.close());

  it('counts with its name', async () => {
    const callback = (parameters: URLSearchParams) => parameters.set('iss', scene.idp.issuer);
    expect((await scene.signIn({ callback })).status).toBe(303);
  });

  it('is refused without', async () => {
    expect(await scene.refusal(await scene.signIn())).toMatchObject({
      status: 403,
      code: 'oidc_response_issuer_missing',
    });
  });
});
