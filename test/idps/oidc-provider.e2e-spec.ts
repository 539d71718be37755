import { Chromium, CHROMIUM, type Person } from '../support/chromium';
import { type OidcClient, startOidcIdp } from '../support/idp-processes';
import { describeWithInstalled } from '../support/installed';
import { type Connected, Workbench } from '../support/workbench';

const CLIENT = { clientId: 'gatehouse', clientSecret: 'a secret with spaces & signs' };

describeWithInstalled('oidc-provider', [CHROMIUM], () => {
  let chromium: Chromium;
  let idp: Awaited<ReturnType<typeof startOidcIdp>>;
  let bench: Workbench;
  let acme: Connected;

  beforeAll(async () => {
    [bench, chromium, idp] = await Promise.all([
      Workbench.start(),
      Chromium.start(),
      // Another site than ours, so that cookies travel as they would on the Internet.
      startOidcIdp({ originHost: '127.0.0.1' }),
    ]);
    acme = await bench.connect({ oidc: { issuer: idp.issuer, ...CLIENT } });
    await register();
  });

  afterAll(async () => {
    await Promise.all([chromium?.stop(), idp?.stop(), bench?.stop()]);
  });

  const register = (more: Partial<OidcClient> = {}) =>
    idp.register([
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [acme.ours.redirectUri!],
        ...more,
      },
    ]);
  const newPerson = () => chromium.person(bench.application);
  const choose = (person: Person, email: string) => person.page.click(`button[value="${email}"]`);
  const signIn = async (email: string): Promise<Person> => {
    const person = await newPerson();
    await person.open(acme.loginUrl);
    await choose(person, email);
    return person;
  };

  it('signs somebody in who ends at the application with tokens, and is the same member next time', async () => {
    const ada = await signIn('ada@acme.test');
    const { code, state } = await ada.arrival();
    expect(state).toBe('mine');
    const { me } = await bench.whoIs(code);
    expect(me).toMatchObject({ user: { email: 'ada@acme.test' }, member: { role: 'viewer' } });
    const first = await bench.latest('sso.login_succeeded', acme);
    expect(first?.data).toMatchObject({ jit: true, amr: ['pwd'] });

    await ada.open(acme.loginUrl);
    await choose(ada, 'ada@acme.test');
    await ada.arrival();
    const second = await bench.latest('sso.login_succeeded', acme);
    expect(second?.data).toMatchObject({ jit: false, memberId: first?.data.memberId });
  });

  it('sends back whom it does not let in', async () => {
    const nobody = await newPerson();
    await nobody.open(acme.loginUrl);
    await nobody.page.evaluate(`document.querySelector('button').value = 'nobody@acme.test'`);
    await nobody.page.click('button');
    expect(await nobody.refusal()).toBe('oidc_access_denied');
    expect((await bench.latest('sso.login_failed', acme))?.data.code).toBe('oidc_access_denied');
  });

  it('answers two tabs of one browser, whichever comes back first', async () => {
    const grace = await newPerson();
    await grace.open(acme.loginUrl);
    const otherTab = await grace.anotherTab();
    await otherTab.open(acme.loginUrl);
    await choose(otherTab, 'grace@acme.test');
    await otherTab.arrival();
    await choose(grace, 'grace@acme.test');
    await grace.arrival();
  });

  it('answers nobody in a browser that did not ask', async () => {
    const alan = await newPerson();
    const request = await alan.redirectOf(acme.loginUrl);
    const lured = await newPerson();
    await lured.open(request.href);
    await choose(lured, 'alan@acme.test');
    expect(await lured.refusal()).toBe('browser_mismatch');
  });

  it('signs with ES256 where that is what it was told', async () => {
    await register({ id_token_signed_response_alg: 'ES256' });
    await (await signIn('alan@acme.test')).arrival();
    await register();
  });

  it('says so when the client secret is not the one it knows', async () => {
    await register({ client_secret: 'another' });
    expect(await (await signIn('ada@acme.test')).refusal()).toBe('oidc_client_refused');
    await register();
  });

  it('takes the secret in the body as well', async () => {
    await register({ token_endpoint_auth_method: 'client_secret_post' });
    await bench.change(acme.id, { oidc: { tokenEndpointAuthMethod: 'client_secret_post' } });
    await (await signIn('ada@acme.test')).arrival();
    await bench.change(acme.id, { oidc: { tokenEndpointAuthMethod: 'client_secret_basic' } });
    await register();
  });

  it('takes our signature in place of a secret, by the keys that we publish, the next one too', async () => {
    const { clientId } = CLIENT;
    const settings = { issuer: idp.issuer, clientId, tokenEndpointAuthMethod: 'private_key_jwt' };
    const signed = await bench.connect({ oidc: settings });
    const client: OidcClient = {
      client_id: clientId,
      token_endpoint_auth_method: 'private_key_jwt',
      redirect_uris: [signed.ours.redirectUri!],
    };
    const enter = async (): Promise<Person> => {
      const person = await newPerson();
      await person.open(signed.loginUrl);
      await choose(person, 'ada@acme.test');
      return person;
    };
    await idp.register([{ ...client, jwks_uri: signed.ours.jwksUri! }]);
    await (await enter()).arrival();

    const keys = `/v1/sso/connections/${signed.id}/keys`;
    const { body } = await bench.admin.post(keys).expect(201);
    await bench.admin
      .post(`${keys}/${(body as { id: string }).id}/activate`)
      .send({})
      .expect(200);
    await idp.register([{ ...client, jwks_uri: `${signed.ours.jwksUri!}?anew` }]);
    await (await enter()).arrival();

    // The same client name with the keys of another connection.
    const other = await bench.draft({ oidc: settings });
    await idp.register([{ ...client, jwks_uri: other.ours.jwksUri! }]);
    expect(await (await enter()).refusal()).toBe('oidc_client_refused');
    await register();
  });

  it('tells us behind the browser’s back when somebody signs out there', async () => {
    await register({
      backchannel_logout_uri: acme.ours.backchannelLogoutUri!,
      backchannel_logout_session_required: true,
    });
    const [ada, grace] = [await signIn('ada@acme.test'), await signIn('grace@acme.test')];
    const left = await bench.whoIs((await ada.arrival()).code);
    const stays = await bench.whoIs((await grace.arrival()).code);

    await ada.open(await endSessionEndpoint());
    await ada.page.click('button[value="yes"]');
    await ada.page.getByText('Sign-out Success').first().waitFor();
    await bench.app.http(left.accessToken).get('/v1/auth/me').expect(401);
    await bench.app.http(stays.accessToken).get('/v1/auth/me').expect(200);
    await register();
  });

  it('signs people out there who sign out here, and sends them back', async () => {
    await register({ post_logout_redirect_uris: [acme.ours.postLogoutRedirectUri!] });
    const ada = await signIn('ada@acme.test');
    const { accessToken } = await bench.whoIs((await ada.arrival()).code);
    const { body } = await bench.app
      .http(accessToken)
      .post('/v1/auth/logout')
      .send({ idp: true })
      .expect(200);
    expect(body.logoutUrl).toContain(await endSessionEndpoint());
    await bench.app.http(accessToken).get('/v1/auth/me').expect(401);
    await ada.open(body.logoutUrl as string);
    await ada.page.click('button[value="yes"]');
    await ada.page.waitForURL(`${bench.app.baseUrl}/login*`);
    await register();
  });

  const endSessionEndpoint = async (): Promise<string> => {
    const answer = await fetch(`${idp.issuer}/.well-known/openid-configuration`);
    return ((await answer.json()) as { end_session_endpoint: string }).end_session_endpoint;
  };
});
