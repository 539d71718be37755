import { PasswordNotices } from '../../src/auth/password/change/password-notices.service';
import { MailDelivery } from '../../src/mail/queue/mail-delivery.service';
import { PASSWORD, type TestApp, type TestWorkspace } from '../support/app';
import { enrol, AuthenticatorApp } from '../support/authenticator-app';
import { Browser, type Page } from '../support/browser';
import { mailsTo } from '../support/outbox';
import { OidcScene } from '../support/oidc-sign-in';

const DEEP = '/console/audit?text=caf%C3%A9+%26+bar&risk=high';

describe('A page of the console that somebody opens who is not signed in', () => {
  let scene: OidcScene;
  let service: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    scene = await OidcScene.start();
    ({ app: service, workspace } = scene);
  });
  afterAll(() => scene?.close());

  const at = ({ url }: Page) => url.pathname + url.search;
  const deeply = async () => (await new Browser().open(`${service.baseUrl}${DEEP}`)).follow('Sign in');
  const asked = async (email: string) => (await deeply()).submit({ email });

  const theyAre = (name: string) => {
    const claims = (good: object) => ({ ...good, sub: name, email: `${name}@acme.test` });
    scene.idp.behaviour = { claims };
  };

  it('is where a password leads, also the second one that is tried', async () => {
    const page = await asked(workspace.admin.email);
    const wrong = await page.submit({ password: 'no such password' });
    expect(wrong.status).toBe(401);
    expect(at(await wrong.submit({ password: PASSWORD }))).toBe(DEEP);
  });

  it('is not forgotten by whoever goes to and fro, or mistypes the address', async () => {
    const first = await deeply();
    const refused = await first.submit({ email: '<b>' });
    const direct = await refused.follow('Sign in with a password instead');
    const back = await direct.follow('Back');
    const page = await back.follow('Sign in with a password instead');
    expect(at(await page.submit({ email: workspace.admin.email, password: PASSWORD }))).toBe(DEEP);
  });

  it('is where a second factor leads, also after a wrong code', async () => {
    const person = await service.member(workspace, 'admin');
    const { app } = await enrol(service, person.accessToken);
    const first = await (await asked(person.email)).submit({ password: PASSWORD });
    const wrong = await first.submit({ code: app.wrong() });
    expect(wrong.status).toBe(401);
    expect(at(await wrong.submit({ code: app.next() }))).toBe(DEEP);

    const again = await (await asked(person.email)).submit({ password: PASSWORD });
    const begun = await (await again.follow('Begin again')).submit({ email: person.email });
    expect((await begun.submit({ password: PASSWORD })).text).toContain(`value="${escaped(DEEP)}"`);
  });

  it('is where a second factor leads that is set up on the way', async () => {
    const strict = await service.workspace();
    await service.sql(`update workspace_policies set mfa_required = 'all' where workspace_id = $1`, [
      strict.id,
    ]);
    const page = await (await asked(strict.admin.email)).submit({ password: PASSWORD });
    const key = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)![1]!.replaceAll(' ', '');
    const done = await page.submit({ code: new AuthenticatorApp(key).next() });
    expect(at(await done.follow('I have kept them'))).toBe(DEEP);
  });

  it('is where the company’s identity provider leads, and then a second factor of ours', async () => {
    theyAre('ada');
    expect(at(await asked('ada@acme.test'))).toBe(DEEP);

    const policy = { mfa: { required: 'all', trustIdp: 'always_ask' } };
    const admin = service.http(workspace.admin.accessToken);
    await admin.patch('/v1/workspace/policy').send(policy).expect(200);
    const second = await asked('ada@acme.test');
    await admin
      .patch('/v1/workspace/policy')
      .send({ mfa: { required: 'off' } })
      .expect(200);
    expect(second.text).toContain('Set up a second factor');
    const chosen = await second.submit({ type: 'totp' });
    const key = /<code>([A-Z2-7 ]+)<\/code>/.exec(chosen.text)![1]!.replaceAll(' ', '');
    const done = await chosen.submit({ code: new AuthenticatorApp(key).next() });
    expect(at(await done.follow('I have kept them'))).toBe(DEEP);
  });

  const NEXT = 'a quite unusual Sentence of mine';

  /** The link with a token in the latest mail to this address that has one; others tell of new devices. */
  const linkTo = async (email: string): Promise<string> => {
    await service.app.get(PasswordNotices, { strict: false }).settled();
    await service.app.get(MailDelivery, { strict: false }).settled();
    const links = mailsTo(service, email).flatMap(({ text }) => /https?:\S+/.exec(text) ?? []);
    return links.findLast((link) => !link.endsWith('/login'))!;
  };

  it('is where a forgotten password leads, in whatever browser the mail is read', async () => {
    const person = await service.member(workspace, 'admin');
    const forgot = await (await asked(person.email)).follow('Forgot it?');
    expect(
      await (await forgot.follow('Back')).submit({ email: person.email, password: PASSWORD }),
    ).toMatchObject({
      url: { pathname: '/console/audit' },
    });
    const refused = await forgot.submit({ email: '<b>' });
    const sent = await refused.submit({ email: person.email });
    expect(
      await (await sent.follow('Sign in')).submit({ email: person.email, password: PASSWORD }),
    ).toMatchObject({
      url: { pathname: '/console/audit' },
    });

    const [link, token] = (await linkTo(person.email)).split('#');
    const form = await new Browser().open(link!);
    const weak = await form.submit({ token: token!, password: 'password12345678' });
    expect(weak.status).toBe(400);
    const changed = await weak.submit({ password: NEXT });
    const password = await (await changed.follow('Sign in')).submit({ email: person.email });
    expect(at(await password.submit({ password: NEXT }))).toBe(DEEP);

    const used = await form.submit({ token: token!, password: NEXT });
    expect(used.text).toContain(`value="${escaped(DEEP)}"`);
  });

  it('is where an invitation leads that is accepted in the same browser', async () => {
    const browser = new Browser();
    const email = 'newcomer@elsewhere.test';
    await (await browser.open(`${service.baseUrl}${DEEP}`)).follow('Sign in');
    const admin = service.http(workspace.admin.accessToken);
    await admin.post('/v1/invitations').send({ email, role: 'admin' }).expect(201);
    const joined = await (await browser.open(await linkTo(email))).submit({ password: NEXT });
    const password = await (await joined.follow('Sign in')).submit({ email });
    expect(at(await password.submit({ password: NEXT }))).toBe(DEEP);
  });

  it('is nothing to an invitation of whoever got there already', async () => {
    const other = await service.workspace();
    const browser = new Browser();
    const first = await (await browser.open(`${service.baseUrl}${DEEP}`)).follow('Sign in');
    const { email } = workspace.admin;
    await (await first.submit({ email })).submit({ password: PASSWORD });
    const admin = service.http(other.admin.accessToken);
    await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
    const joined = await (await browser.open(await linkTo(email))).submit();
    expect((await joined.follow('Sign in')).text).not.toContain('name="destination"');
  });

  it('is kept by the browser alone, each tab its own', async () => {
    theyAre('grace');
    const browser = new Browser();
    const stopAt = [scene.url('callback')];
    const url = (destination: string) => scene.url('login', { destination });
    const one = await browser.open(url('/console/members?search=one'), { stopAt });
    const two = await browser.open(url('/console/members?search=two'), { stopAt });
    expect(at(await browser.open(one.url.href))).toBe('/console/members?search=one');
    expect(at(await browser.open(two.url.href))).toBe('/console/members?search=two');
    const kept = await service.sql(
      `select to_jsonb(r)::text as row from sign_in_requests r where to_jsonb(r)::text like '%search=one%'`,
    );
    expect(kept).toEqual([]);
  });

  it.each(['//evil.test', '/\\evil.test', 'https://evil.test/', '/console/%2F%2Fevil.test', '/docs'])(
    'is never %s: that leads to the beginning of the console',
    async (destination) => {
      const login = `${service.baseUrl}/login?${String(new URLSearchParams({ destination }))}`;
      const first = await new Browser().open(login);
      expect(first.text).not.toContain('evil.test');
      const password = await first.submit({ email: workspace.admin.email, destination });
      const done = await password.submit({ password: PASSWORD, destination });
      expect([done.url.origin, at(done)]).toEqual([service.baseUrl, '/console']);

      theyAre('grace');
      const through = await new Browser().open(scene.url('login', { destination }));
      expect([through.url.origin, at(through)]).toEqual([service.baseUrl, '/console']);
    },
  );

  it('gives way to the application that a sign-in is for', async () => {
    theyAre('grace');
    const page = await scene.open(
      new Browser(),
      scene.url('login', { destination: DEEP, redirectUri: 'https://app.acme.test/signed-in' }),
    );
    expect(page.url.href).toMatch(/^https:\/\/app\.acme\.test\/signed-in\?code=/);
  });
});

const escaped = (text: string): string => text.replaceAll('&', '&#38;');
