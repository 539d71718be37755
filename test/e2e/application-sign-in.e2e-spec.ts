import { createHash } from 'node:crypto';
import { PasswordNotices } from '../../src/auth/password/change/password-notices.service';
import { MailDelivery } from '../../src/mail/queue/mail-delivery.service';
import { PASSWORD, type TestApp, type TestWorkspace } from '../support/app';
import { AuthenticatorApp, enrol } from '../support/authenticator-app';
import { Browser, type Page } from '../support/browser';
import { enforceSso } from '../support/enforcement';
import { mailsTo } from '../support/outbox';
import { APPLICATION, OidcScene } from '../support/oidc-sign-in';

const VERIFIER = 'a-verifier-of-an-application-that-nobody-guesses';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const STATE = 'x/y?z=1&ä';

describe('An application that sends people to the sign-in', () => {
  let scene: OidcScene;
  let service: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    scene = await OidcScene.start();
    ({ app: service, workspace } = scene);
  });
  afterAll(() => scene?.close());

  const stopAt = [APPLICATION];
  const addressWith = (query: Record<string, string>): string =>
    `${service.baseUrl}/login?${String(new URLSearchParams(query))}`;
  const arrive = (query: Record<string, string> = {}, browser = new Browser()): Promise<Page> =>
    browser.open(addressWith({ redirectUri: APPLICATION, state: STATE, codeChallenge: CHALLENGE, ...query }));
  const typed = async (email: string, browser?: Browser) =>
    (await arrive({}, browser)).submit({ email }, { stopAt });

  const exchange = (code: string, codeVerifier?: string) =>
    service.http().post('/v1/auth/token').send({ code, codeVerifier });

  /** Back at the application, which trades the code; answers who came. */
  const whoCame = async ({ url }: Pick<Page, 'url'>): Promise<{ email: string; amr: string[] }> => {
    expect(url.origin + url.pathname).toBe(APPLICATION);
    expect(url.searchParams.get('state')).toBe(STATE);
    const code = url.searchParams.get('code')!;
    expect((await exchange(code)).body.code).toBe('code_verifier_required');
    const { body } = await exchange(code, VERIFIER).expect(200);
    const me = await service.http(body.accessToken).get('/v1/auth/me').expect(200);
    const claims = JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString());
    return { email: me.body.user.email, amr: claims.amr };
  };

  const setUpOn = (page: Page): string => {
    const key = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)![1]!.replaceAll(' ', '');
    return new AuthenticatorApp(key).next();
  };

  it('gets them back with a code once their password was right, also the second one that is tried', async () => {
    const browser = new Browser();
    const page = await typed(workspace.admin.email, browser);
    const wrong = await page.submit({ password: 'no such password' });
    expect(wrong.status).toBe(401);
    const back = await wrong.submit({ password: PASSWORD }, { stopAt });
    expect(back.status).toBe(303);
    expect(await whoCame(back)).toEqual({ email: workspace.admin.email, amr: ['pwd'] });
    expect((await browser.open(`${service.baseUrl}/console`)).text).toContain('You are not signed in');
    const [issued] = await service.auditEvents(workspace.id, 'auth.code_issued');
    expect(issued).toMatchObject({ data: { method: 'password', redirectUri: APPLICATION } });
  });

  it('gets them back from pages whose forms browsers let lead there', async () => {
    const pages = [await arrive(), await typed(workspace.admin.email)];
    for (const { headers } of pages) {
      expect(headers.get('content-security-policy')).not.toContain('form-action');
    }
    const usual = await new Browser().open(`${service.baseUrl}/login/password`);
    expect(usual.headers.get('content-security-policy')).toContain(`form-action 'self'`);
  });

  it('gets those of a company from its identity provider', async () => {
    scene.idp.behaviour = { claims: (good) => ({ ...good, sub: 'ada', email: 'ada@acme.test' }) };
    expect(await whoCame(await typed('ada@acme.test'))).toMatchObject({ email: 'ada@acme.test' });
  });

  it('gets those with a second factor after it, also after a wrong code', async () => {
    const person = await service.member(workspace, 'editor');
    const { app } = await enrol(service, person.accessToken);
    const first = await (await typed(person.email)).submit({ password: PASSWORD });
    const wrong = await first.submit({ code: app.wrong() });
    const back = await wrong.submit({ code: app.next() }, { stopAt });
    expect(await whoCame(back)).toEqual({ email: person.email, amr: ['pwd', 'otp', 'mfa'] });
  });

  it('gets those who set a factor up on the way when they have read their recovery codes', async () => {
    const strict = await service.workspace();
    await service.sql(`update workspace_policies set mfa_required = 'all' where workspace_id = $1`, [
      strict.id,
    ]);
    const page = await (await typed(strict.admin.email)).submit({ password: PASSWORD });
    const codes = await page.submit({ code: setUpOn(page) });
    const [issued] = await service.sql<{ seconds: number }>(
      `select extract(epoch from expires_at - created_at)::int as seconds from sign_in_codes where workspace_id = $1`,
      [strict.id],
    );
    expect(issued).toEqual({ seconds: 600 });
    const next = /<a href="(https:[^"]+)"/.exec(codes.text)![1]!.replaceAll('&#38;', '&');
    await whoCame({ url: new URL(next) });
  });

  /** The link with a token in the latest mail to this address that has one; others tell of new devices. */
  const linkTo = async (email: string): Promise<string> => {
    await service.app.get(PasswordNotices, { strict: false }).settled();
    await service.app.get(MailDelivery, { strict: false }).settled();
    const links = mailsTo(service, email).flatMap(({ text }) => /https?:\S+/.exec(text) ?? []);
    return links.findLast((link) => !link.endsWith('/login'))!;
  };
  const NEXT = 'a quite unusual Sentence of mine';

  it('gets those who forgot their password when they have another one', async () => {
    const person = await service.member(workspace, 'viewer');
    const forgot = await (await typed(person.email)).follow('Forgot it?');
    await forgot.submit({ email: person.email });
    const [link, token] = (await linkTo(person.email)).split('#');
    const changed = await (await new Browser().open(link!)).submit({ token: token!, password: NEXT });
    const password = await (await changed.follow('Sign in')).submit({ email: person.email });
    await whoCame(await password.submit({ password: NEXT }, { stopAt }));
  });

  it('gets those who were invited and accept in the same browser', async () => {
    const browser = new Browser();
    const email = 'newcomer@elsewhere.test';
    await arrive({}, browser);
    const admin = service.http(workspace.admin.accessToken);
    await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
    const joined = await (await browser.open(await linkTo(email))).submit({ password: NEXT });
    const password = await (await joined.follow('Sign in')).submit({ email });
    await whoCame(await password.submit({ password: NEXT }, { stopAt }));
  });

  it('may say who it is, and other things that mean nothing here', async () => {
    const page = await arrive({ loginHint: 'ada@acme.test', utm_source: 'mail' });
    expect(page.text).toMatch(/name="email"[^>]*value="ada@acme\.test"/);
  });

  it.each([
    ['an address that is not listed', { redirectUri: `${APPLICATION}/more` }, 'redirect_uri_not_allowed'],
    ['a challenge that is none', { codeChallenge: 'plain' }, 'validation_failed'],
    ['a state too long to be kept', { state: 'ä'.repeat(400) }, 'validation_failed'],
  ])('with %s is refused before anybody types anything', async (_, query, code) => {
    const page = await arrive(query);
    expect(page.status).toBe(400);
    expect(page.text).toContain(code);
    expect(page.headers.get('set-cookie')).toBeNull();
  });

  it('gets nobody at an address that is not listed, whoever writes it into the forms', async () => {
    const destination = `/login?redirectUri=${encodeURIComponent('https://evil.test/')}`;
    const page = await new Browser().open(`${service.baseUrl}/login`);
    const password = await page.submit({ email: workspace.admin.email, destination });
    const done = await password.submit({ password: PASSWORD, destination });
    expect([done.url.origin, done.status]).toEqual([service.baseUrl, 400]);
  });

  it('gets nobody for whom its code is redeemed too late: the password was changed, or is no longer taken', async () => {
    const changed = await service.member(workspace, 'viewer');
    const one = await (await typed(changed.email)).submit({ password: PASSWORD }, { stopAt });
    await service
      .http(changed.accessToken)
      .post('/v1/auth/password/change')
      .send({ currentPassword: PASSWORD, newPassword: NEXT })
      .expect(204);
    expect((await exchange(one.url.searchParams.get('code')!, VERIFIER)).body.code).toBe('invalid_code');

    const other = await service.workspace();
    const two = await (await typed(other.admin.email)).submit({ password: PASSWORD }, { stopAt });
    await enforceSso(service, other);
    const late = await exchange(two.url.searchParams.get('code')!, VERIFIER);
    expect([late.status, late.body.code]).toEqual([403, 'sso_required']);
  });
});
