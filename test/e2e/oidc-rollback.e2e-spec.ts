import { request as httpRequest, type ServerResponse } from 'node:http';
import { startApp, type TestApp } from '../support/app';
import { Browser } from '../support/browser';
import { json } from '../support/oidc-provider';
import { OidcScene } from '../support/oidc-sign-in';
import { mailsTo } from '../support/outbox';
import { TestBench } from '../support/test-sign-in';

/** A browser on its way back from the provider. */
interface OnTheWay {
  readonly callback: URL;
  readonly cookie: string;
}

describe('A change of an OpenID Connect connection that keeps people out', () => {
  let idp: OidcScene;
  let second: TestApp;

  beforeAll(async () => {
    idp = await OidcScene.start();
    second = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' }, idp.app);
  });
  afterAll(async () => {
    await second?.close();
    await idp?.close();
  });

  /** An active connection that somebody has signed in by, and then another client secret. */
  async function changed(clientSecret = 'mistyped'): Promise<{ oidc: OidcScene; bench: TestBench }> {
    const oidc = await idp.another();
    expect((await oidc.signIn()).status).toBe(303);
    await oidc.configure({ clientSecret });
    return { oidc, bench: new TestBench(idp.app, idp.workspace, oidc.connectionId) };
  }

  async function leave(oidc: OidcScene): Promise<OnTheWay> {
    const browser = new Browser();
    const callback = await oidc.leave(browser);
    const name = `gatehouse_sign_in_${callback.searchParams.get('state')!.slice(-8)}`;
    return { callback, cookie: `${name}=${browser.cookie(callback.href, name)}` };
  }

  /** Comes back from this address, to this instance. */
  function comeBack({ callback, cookie }: OnTheWay, localAddress: string, at = idp.app): Promise<string> {
    const url = new URL(callback.pathname + callback.search, at.baseUrl);
    return new Promise((resolve, reject) => {
      httpRequest(
        {
          ...{ host: '127.0.0.1', port: url.port, path: url.pathname + url.search, localAddress },
          headers: { host: url.host, accept: 'application/json', cookie },
        },
        (answer) => {
          let text = '';
          answer.on('data', (chunk) => (text += String(chunk)));
          answer.on('end', () =>
            resolve(answer.statusCode === 303 ? 'in' : (JSON.parse(text) as { code: string }).code),
          );
        },
      )
        .on('error', reject)
        .end();
    });
  }

  const from = (places: number) => Array.from({ length: 5 }, (_, at) => `127.0.0.${2 + (at % places)}`);
  const failFrom = async (oidc: OidcScene, addresses: readonly string[]) => {
    for (const address of addresses) {
      expect(await comeBack(await leave(oidc), address)).toBe('oidc_client_refused');
    }
  };
  const rolledBack = async (id: string) =>
    (await idp.app.auditEvents(idp.workspace.id, 'sso_connection.rolled_back')).filter(
      ({ target_id }) => target_id === id,
    );
  const mails = () =>
    mailsTo(idp.app, idp.workspace.admin.email).filter(({ subject }) => subject.includes('was taken back'));

  it('is taken back once the provider refused us for people from enough places; the old secret works again', async () => {
    const { oidc, bench } = await changed();
    await failFrom(oidc, from(3).slice(1));
    expect(await bench.connection()).toMatchObject({ revision: 2 });
    await failFrom(oidc, from(3).slice(0, 1));

    expect(await bench.connection()).toMatchObject({ revision: 3, status: 'active' });
    expect(await rolledBack(oidc.connectionId)).toMatchObject([
      { risk: 'high', actor_type: 'system', data: { revision: 3, origin: 'rollback', restoredFrom: 1 } },
    ]);
    expect(mails()).toMatchObject([{ text: expect.stringContaining('oidc_client_refused') }]);
    expect((await oidc.signIn()).status).toBe(303);
  });

  /** Nobody is answered before all have come: whoever came later would find the good settings back. */
  function refuseOnceAllAsk(all: number): void {
    const asking: ServerResponse[] = [];
    idp.idp.behaviour.token = (_, response) => {
      asking.push(response);
      if (asking.length === all) asking.forEach((each) => json(each, 401, { error: 'invalid_client' }));
    };
  }

  it('is taken back once, though all come back at the same moment, to two instances', async () => {
    const { oidc, bench } = await changed();
    const told = mails().length;
    const waiting: OnTheWay[] = [];
    for (let person = 0; person < 10; person += 1) waiting.push(await leave(oidc));
    refuseOnceAllAsk(waiting.length);
    const codes = await Promise.all(
      waiting.map((each, at) => comeBack(each, `127.0.0.${2 + (at % 5)}`, at % 2 ? second : idp.app)),
    );
    expect(codes).not.toContain('in');
    expect(await rolledBack(oidc.connectionId)).toHaveLength(1);
    expect(await bench.connection()).toMatchObject({ revision: 3 });
    expect(mails()).toHaveLength(told + 1);
    expect((await oidc.signIn()).status).toBe(303);
  });

  /** Somebody whom the provider knows by this subject comes back. */
  async function comes(oidc: OidcScene, subject: string, said: object): Promise<string> {
    const page = await oidc.signIn({ claims: (claims) => ({ ...claims, ...said, sub: subject }) });
    return page.status === 303 ? 'in' : (JSON.parse(page.text) as { code: string }).code;
  }
  const five = ['s-1', 's-2', 's-3', 's-1', 's-2'];
  const TENANT = '11111111-2222-4333-8444-555555555555';

  it.each<[string, object, string, object]>([
    ['a tenant', { entraTenantId: TENANT.replace('1', '9') }, 'id_token_tenant_mismatch', { tid: TENANT }],
    ['an organisation', { hostedDomain: 'acme.example' }, 'id_token_hosted_domain_mismatch', {}],
  ])('is taken back when it asks for %s that nobody comes from', async (_, settings, code, said) => {
    const oidc = await idp.another();
    const known = { hd: 'acme.test', ...said };
    await oidc.configure({ hostedDomain: 'acme.test' });
    expect(await comes(oidc, 'first', known)).toBe('in');
    await oidc.configure(settings as Record<string, unknown>);
    for (const subject of five) expect(await comes(oidc, subject, known)).toBe(code);
    expect(await rolledBack(oidc.connectionId)).toMatchObject([{ data: { restoredFrom: 2 } }]);
    expect(await comes(oidc, 'first', known)).toBe('in');
  });

  const AN_HOUR_AGO = { auth_time: Math.floor(Date.now() / 1000) - 3_600 };
  it.each<[string, object, object, string, object]>([
    ['ways of signing in', {}, { acrValues: ['mfa'], acrRequired: true }, 'id_token_acr_mismatch', {}],
    ['recent sign-ins', {}, { maxAge: 60 }, 'id_token_auth_time_too_old', AN_HOUR_AGO],
    ['more recent ones', { maxAge: 7_200 }, { maxAge: 60 }, 'id_token_auth_time_too_old', AN_HOUR_AGO],
    ['times of signing in', {}, { maxAge: 60 }, 'id_token_auth_time_missing', { auth_time: undefined }],
  ])(
    'stays when it demands %s: whoever has some accounts without could have it taken back',
    async (_, before, settings, code, said) => {
      const oidc = await idp.another();
      await oidc.configure(before as Record<string, unknown>);
      expect(await comes(oidc, 'first', said)).toBe('in');
      await oidc.configure(settings as Record<string, unknown>);
      for (const subject of [...five, 's-4', 's-5']) expect(await comes(oidc, subject, said)).toBe(code);
      expect(await rolledBack(oidc.connectionId)).toEqual([]);
    },
  );

  it('keeps what it demands when the rest of it is taken back', async () => {
    const oidc = await idp.another();
    expect((await oidc.signIn()).status).toBe(303);
    await oidc.configure({ clientSecret: 'mistyped', maxAge: 60, acrValues: ['mfa'], acrRequired: true });
    await failFrom(oidc, from(3));
    expect(await rolledBack(oidc.connectionId)).toHaveLength(1);
    for (const subject of [...five, 's-4', 's-5'])
      expect(await comes(oidc, subject, { acr: 'pwd' })).toBe('id_token_acr_mismatch');
    expect(await rolledBack(oidc.connectionId)).toHaveLength(1);
    const { body } = await idp.app
      .http(idp.workspace.admin.accessToken)
      .get(`/v1/sso/connections/${oidc.connectionId}`)
      .expect(200);
    expect(body.oidc).toMatchObject({ maxAge: 60, acrValues: ['mfa'], acrRequired: true });
  });

  it.each<[string, readonly string[], object]>([
    ['one person fails again and again', ['s-1', 's-1', 's-1', 's-1', 's-1', 's-1'], { hd: 'acme.test' }],
    ['it is strangers who fail: the settings of before refuse them too', five, { hd: 'evil.test' }],
  ])('stays when %s', async (_, subjects, said) => {
    const oidc = await idp.another();
    await oidc.configure({ hostedDomain: 'acme.test' });
    expect(await comes(oidc, 'first', { hd: 'acme.test' })).toBe('in');
    await oidc.configure({ hostedDomain: 'acme.example' });
    for (const subject of subjects)
      expect(await comes(oidc, subject, said)).toBe('id_token_hosted_domain_mismatch');
    expect(await rolledBack(oidc.connectionId)).toEqual([]);
  });

  it('stays when it closes what was open to every account at the provider', async () => {
    const oidc = await idp.another();
    expect(await comes(oidc, 'first', {})).toBe('in');
    await oidc.configure({ hostedDomain: 'acme.test' });
    for (const subject of five)
      expect(await comes(oidc, subject, {})).toBe('id_token_hosted_domain_mismatch');
    expect(await rolledBack(oidc.connectionId)).toEqual([]);
  });

  it('stays when one place fails again and again', async () => {
    const { oidc, bench } = await changed();
    await failFrom(oidc, [...from(2), ...from(2)]);
    expect(await rolledBack(oidc.connectionId)).toEqual([]);
    expect(await bench.connection()).toMatchObject({ revision: 2 });
  });

  it('stays when it is the codes that are refused: those a stranger can make up', async () => {
    const { oidc } = await changed(idp.idp.clientSecret);
    for (const address of [...from(5), ...from(5)]) {
      const way = await leave(oidc);
      way.callback.searchParams.set('code', 'made-up');
      expect(await comeBack(way, address)).toBe('oidc_code_refused');
    }
    expect(await rolledBack(oidc.connectionId)).toEqual([]);
  });

  it('stays when the provider is out of order: that is nobody’s change', async () => {
    const { oidc } = await changed();
    for (const address of [...from(5), ...from(5)]) {
      const way = await leave(oidc);
      idp.idp.behaviour = { token: (_, response) => json(response, 503, { error: 'down' }) };
      expect(await comeBack(way, address)).toBe('idp_unreachable');
    }
    idp.idp.behave();
    expect(await rolledBack(oidc.connectionId)).toEqual([]);
  });
});
