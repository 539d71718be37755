import { startApp, type TestApp } from '../../support/app';
import { Browser } from '../../support/browser';
import { newId, responseXml, signAssertion, toBase64 } from '../../support/saml-documents';
import { APPLICATION, codeOf, type Pending, SamlScene } from '../../support/saml-sign-in';

describe('A SAML sign-in', () => {
  let scene: SamlScene;
  let second: TestApp;

  beforeAll(async () => {
    scene = await SamlScene.start();
    const environment = { APP_REDIRECT_URIS: APPLICATION, PUBLIC_URL: scene.app.baseUrl };
    second = await startApp(environment, scene.app);
  });

  afterAll(async () => {
    await second?.close();
    await scene?.close();
  });

  const answer = ({ trust }: Pending, changes = {}) => signAssertion(responseXml(trust, changes), scene.key);

  it('is answered once: the same response is refused the second time', async () => {
    const pending = await scene.begin();
    const response = answer(pending);
    codeOf(await scene.post(pending, response));
    expect(await scene.refusal(await scene.post(pending, response))).toMatchObject({ code: 'saml_replayed' });
    // It is good for five minutes, and for one more where clocks differ.
    expect(
      await scene.app.sql(`select 1 from saml_replays where expires_at < now() + interval '6 minutes'`),
    ).toEqual([]);
  });

  it('is answered once: another response to the same request is refused', async () => {
    const pending = await scene.begin();
    codeOf(await scene.post(pending, answer(pending)));
    const again = await scene.refusal(await scene.post(pending, answer(pending)));
    expect(again).toMatchObject({ status: 400, code: 'request_replayed' });
  });

  it('is answered once, also by an answer about somebody who is not let in', async () => {
    const pending = await scene.begin();
    const response = answer(pending, { nameId: 'ada@elsewhere.example' });
    const refused = await scene.refusal(await scene.post(pending, response));
    expect(refused.code).toBe('email_domain_not_verified');
    expect((await scene.refusal(await scene.post(pending, response))).code).toBe('saml_replayed');
    const other = await scene.refusal(await scene.post(pending, answer(pending)));
    expect(other.code).toBe('request_replayed');
  });

  it('is answered once: an assertion is not used for two requests, whatever the rest says', async () => {
    const pending = await scene.begin();
    const assertionId = newId();
    codeOf(await scene.post(pending, answer(pending, { assertionId })));
    const other = await scene.begin();
    const page = await scene.post(other, answer(other, { assertionId }));
    expect(await scene.refusal(page)).toMatchObject({ status: 403, code: 'saml_replayed' });
  });

  it('is answered once, also by ten at the same time on two instances', async () => {
    const pending = await scene.begin();
    const form = new URLSearchParams({ SAMLResponse: toBase64(answer(pending)) });
    const path = new URL(scene.url('acs')).pathname;
    const cookie = scene.app.config.secureOrigin ? '' : cookiesOf(pending);
    const posts = Array.from({ length: 10 }, (_, index) =>
      fetch((index % 2 ? second : scene.app).baseUrl + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { accept: 'application/json', cookie },
        body: form,
      }),
    );
    const answers = await Promise.all(posts);
    const refused = await Promise.all(
      answers.filter(({ status }) => status !== 303).map((each) => each.json()),
    );
    expect(refused).toHaveLength(9);
    for (const { code } of refused as { code: string }[])
      expect(['saml_replayed', 'request_replayed']).toContain(code);
  });

  /** The cookie that binds the sign-in, as the browser would send it. */
  function cookiesOf({ browser, trust }: Pending): string {
    const name = `gatehouse_sign_in_${trust.requestId.slice(-8)}`;
    return `${name}=${browser.cookie(scene.url('acs'), name)}`;
  }

  it('is finished in the browser that started it; a stolen response neither works nor spoils the real one', async () => {
    const pending = await scene.begin();
    const response = answer(pending);
    const thief = await scene.begin();
    const stolen = await scene.post({ ...pending, browser: thief.browser }, response);
    expect(await scene.refusal(stolen)).toMatchObject({ status: 401, code: 'browser_mismatch' });
    const bare = await scene.post({ ...pending, browser: new Browser() }, response);
    expect((await scene.refusal(bare)).code).toBe('browser_mismatch');
    codeOf(await scene.post(pending, response));
  });

  it('is not over by an answer in the same browser that nobody signed', async () => {
    const pending = await scene.begin();
    const unsigned = await scene.refusal(await scene.post(pending, responseXml(pending.trust)));
    expect(unsigned.code).toBe('saml_signature_missing');
    codeOf(await scene.post(pending, answer(pending)));
  });

  it('must have been started here', async () => {
    const pending = await scene.begin();
    const unknown = { ...pending, trust: { ...pending.trust, requestId: newId() } };
    expect((await scene.refusal(await scene.post(unknown, answer(unknown)))).code).toBe('request_unknown');
  });

  it('must come back within ten minutes', async () => {
    const pending = await scene.begin();
    const id = pending.trust.requestId.slice(1);
    await scene.app.sql(
      `update sign_in_requests set expires_at = now() - interval '1 second' where id = $1::uuid`,
      [id],
    );
    expect((await scene.refusal(await scene.post(pending, answer(pending)))).code).toBe('request_expired');
  });

  it('goes where it was started for, whatever RelayState says', async () => {
    const pending = await scene.begin();
    const form = { SAMLResponse: toBase64(answer(pending)), RelayState: 'https://evil.test/' };
    const page = await scene.postForm(pending.browser, form);
    codeOf(page);
    expect(page.url.href.startsWith(APPLICATION)).toBe(true);
  });

  it('is not finished once the connection is switched off', async () => {
    const key = scene.key;
    const connection = await scene.another(key);
    const pending = await connection.begin();
    await scene.app
      .http(scene.workspace.admin.accessToken)
      .post(`/v1/sso/connections/${connection.connectionId}/disable`)
      .expect(200);
    const page = await connection.post(pending, signAssertion(responseXml(pending.trust), key));
    expect([page.status, (JSON.parse(page.text) as { code: string }).code]).toEqual([404, 'not_found']);
  });
});
