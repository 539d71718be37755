import { PasswordNotices } from '../../src/auth/password/change/password-notices.service';
import { MailDelivery } from '../../src/mail/queue/mail-delivery.service';
import { AuthenticatorApp, enrol } from '../support/authenticator-app';
import { mailsTo } from '../support/outbox';
import { Browser, type Page } from '../support/browser';
import { enforceSso } from '../support/enforcement';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';

describe('The sign-in page', () => {
  let service: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
  });

  afterAll(() => service.close());

  it('asks for the email, then for the password, and ends on a page that says who you are', async () => {
    const { page } = await signIn();
    expect(page.url.pathname).toBe('/console');
    expect(page.text).toContain(workspace.admin.email);
    expect(page.text).toContain('admin');
    expect(page.text).toContain('members:write');
    const [event] = (await service.auditEvents(workspace.id, 'auth.login_succeeded')).slice(-1);
    expect(event).toMatchObject({ actor_email: workspace.admin.email, data: { method: 'password' } });
  });

  it('answers an unknown address exactly as a known one', async () => {
    const ask = async (email: string) => {
      const page = await (await new Browser().open(`${service.baseUrl}/login`)).submit({ email });
      return { status: page.status, text: page.text.replaceAll(email, '') };
    };
    expect(await ask(`nobody@${workspace.slug}.test`)).toEqual(await ask(workspace.admin.email));
  });

  it('keeps the email and not the password when they were wrong', async () => {
    const { page } = await signIn('no such password');
    expect(page.status).toBe(401);
    expect(page.text).toContain('Email or password are wrong.');
    expect(page.text).toContain(`value="${workspace.admin.email}"`);
    expect(page.text).not.toContain('no such password');
  });

  it.each(['/login', '/login/password', '/login/forgot'])(
    'says on %s what is wrong with an email',
    async (path) => {
      const page = await (await new Browser().open(`${service.baseUrl}${path}`)).submit({ email: '<b>' });
      expect(page.status).toBe(400);
      expect(page.text).toContain('value="&#60;b&#62;"');
      expect(page.text).toContain('Email must be an email address, such as ada@acme.com.');
      expect(page.text).not.toContain('see errors');
    },
  );

  it('says what is wrong with a password or a code that is much too long, or is none', async () => {
    const person = await service.member(workspace, 'viewer');
    await enrol(service, person.accessToken);
    const { page } = await signIn('x'.repeat(1025), person.email);
    expect(page.text).toContain('Password must have 1024 characters at most.');
    const second = await signIn(PASSWORD, person.email);
    const again = await second.page.submit({ code: '1'.repeat(65) });
    expect([again.status, again.text.includes('Code must have 64 characters at most.')]).toEqual([400, true]);
    expect((await again.submit({ code: '' })).text).toContain('Code is required.');
  });

  it('says of an invitation without its code that the link is not whole', async () => {
    for (const path of ['/invitation', '/invitation?token=']) {
      const page = await new Browser().open(`${service.baseUrl}${path}`);
      expect(page.status).toBe(400);
      expect(page.text).toContain('This invitation link is wrong');
      expect(page.text).not.toContain('see errors');
    }
  });

  const NEXT = 'a quite unusual Sentence of mine';
  const latestLink = async (email: string): Promise<string> => {
    await service.app.get(PasswordNotices, { strict: false }).settled();
    await service.app.get(MailDelivery, { strict: false }).settled();
    return /https?:\S+/.exec(mailsTo(service, email).at(-1)!.text)![0];
  };

  it('welcomes whoever accepts an invitation, also by a second press or a reload', async () => {
    const email = 'pressed-twice@elsewhere.test';
    const admin = service.http(workspace.admin.accessToken);
    await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
    const link = await latestLink(email);
    const form = await new Browser().open(link);
    const weak = await Promise.all([1, 2].map(() => form.submit({ password: 'too short' })));
    for (const { status, text } of weak)
      expect([status, text.includes('15 characters')]).toEqual([400, true]);

    const pages = await Promise.all([1, 2].map(() => form.submit({ password: NEXT })));
    for (const page of [...pages, await form.submit({ password: NEXT })]) {
      expect([page.status, page.text.includes(`Sign in as ${email} to go on.`)]).toEqual([200, true]);
    }
    const events = await service.auditEvents(workspace.id, 'workspace.member_joined');
    expect(events.filter(({ data }) => data.email === email)).toHaveLength(1);

    const late = await new Browser().open(link);
    expect([late.status, late.text.includes('You have joined already')]).toEqual([409, true]);
    expect((await late.follow('Back to sign-in')).url.pathname).toBe('/login');
  });

  it('takes an invitation without a password where the person has one by then, or needs none', async () => {
    const email = 'meanwhile@elsewhere.test';
    const [here, there] = [await service.workspace(), await service.workspace()];
    const invitedTo = async ({ admin }: TestWorkspace): Promise<Page> => {
      await service
        .http(admin.accessToken)
        .post('/v1/invitations')
        .send({ email, role: 'viewer' })
        .expect(201);
      return new Browser().open(await latestLink(email));
    };
    const [page, other] = [await invitedTo(here), await invitedTo(there)];
    expect(page.text).toMatch(/id="password-help">\s*15 characters or more/);
    expect((await other.submit({ password: NEXT })).status).toBe(200);
    const refused = await page.submit({ password: `${NEXT}, another` });
    expect([refused.status, refused.text.includes('keeps its password: accept without')]).toEqual([
      409,
      true,
    ]);
    expect(refused.text).not.toContain('name="password"');
    expect((await refused.submit()).text).toContain(`Sign in as ${email} to go on.`);
  });

  it('says that a password is changed, also by a second press or a reload', async () => {
    const person = await service.member(workspace, 'viewer');
    const forgot = await new Browser().open(`${service.baseUrl}/login/forgot`);
    await forgot.submit({ email: person.email });
    const [link, token] = (await latestLink(person.email)).split('#') as [string, string];
    const form = await new Browser().open(link);
    const pages = await Promise.all([1, 2].map(() => form.submit({ token, password: NEXT })));
    for (const page of [...pages, await form.submit({ token, password: NEXT })])
      expect([page.status, page.text.includes('Your password is changed')]).toEqual([200, true]);
    expect(await service.auditEvents(workspace.id, 'auth.password_reset')).toHaveLength(1);
    const other = await form.submit({ token, password: `${NEXT}, another` });
    expect([other.status, other.text.includes('Ask for a new one')]).toEqual([400, true]);
  });

  it('keeps nothing of forms with links that were never sent', async () => {
    const link = await latestLink('pressed-twice@elsewhere.test');
    const token = new URL(link).searchParams.get('token')!;
    const once = '8e03978e-40d5-43dd-bc93-6894a57f9324';
    for (const forged of [`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, 'ghi_x']) {
      const answer = await post('/invitation', new URLSearchParams({ token: forged, once, password: NEXT }));
      expect([answer.status, answer.text.includes('This invitation cannot be accepted')]).toEqual([
        400,
        true,
      ]);
    }
  });

  it('needs no script and allows none, or only our own where an authenticator may be asked', async () => {
    const { page } = await signIn();
    expect(page.text).not.toContain('<script');
    const policyOf = ({ headers }: { headers: Headers }) => headers.get('content-security-policy');
    expect(policyOf(page)).toContain("default-src 'none'");
    expect(policyOf(page)).not.toContain('script-src');

    const first = await new Browser().open(`${service.baseUrl}/login`);
    expect(policyOf(first)).toMatch(/^default-src 'none'; .*script-src 'self'; connect-src 'self'/);
    expect(first.text.match(/<script[^>]*>/g)).toEqual(['<script src="/login/passkeys.js" defer>']);
    expect(first.text).not.toMatch(/ on\w+=/);
    // Without the script, nothing shows that needs it.
    expect(first.text).toMatch(/<form[^>]*hidden[^>]*data-passkey="get"/);
    const script = await service.http().get('/login/passkeys.js').expect(200);
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  it('says of what needs a script that it does, where there is no other way', async () => {
    const { browser } = await signIn();
    const page = await browser.open(`${service.baseUrl}/console/factors`);
    expect(page.text).toMatch(/<noscript>[^]*allow scripts[^]*<\/noscript>/);
  });

  it('leaves a session in a cookie that no script can read, and no token anywhere', async () => {
    const form = new URLSearchParams({ email: workspace.admin.email, password: PASSWORD });
    const answer = await post('/login/password', form);
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^gatehouse_session=ghb_[^;]+; Path=\/; HttpOnly; SameSite=Lax; /,
    );
    const { page } = await signIn();
    expect(page.text).not.toMatch(/eyJ|ghb_|ghr_/);
  });

  it('refuses a form on somebody else’s page', async () => {
    const form = new URLSearchParams({ email: workspace.admin.email, password: PASSWORD });
    const answer = await post('/login/password', form).set('origin', 'https://evil.test');
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('asks for a code where a password is not enough, and takes a recovery code instead', async () => {
    const person = await service.member(workspace, 'viewer');
    const { app, recoveryCodes } = await enrol(service, person.accessToken);
    const first = await signIn(PASSWORD, person.email);
    expect(first.page.text).toContain('One more step');
    expect(first.browser.cookie(`${service.baseUrl}/`, 'gatehouse_session')).toBeUndefined();
    const again = await first.page.submit({ code: app.wrong() });
    expect([again.status, again.text.includes('This code is wrong')]).toEqual([401, true]);
    const page = await again.submit({ code: app.next() });
    expect([page.url.pathname, page.text.includes(person.email)]).toEqual(['/console', true]);

    const other = await signIn(PASSWORD, person.email);
    const [, recoveryId] = [...other.page.text.matchAll(/name="factorId" value="([^"]+)"/g)].map(
      ([, id]) => id!,
    );
    const back = await other.page.submit({ factorId: recoveryId!, code: recoveryCodes[0]! });
    expect(back.url.pathname).toBe('/console');
  });

  it.each([
    [
      'taken away',
      async (_: TestWorkspace, id: string) => service.sql('delete from factors where id = $1', [id]),
    ],
    [
      'not allowed any more',
      async ({ admin }: TestWorkspace) =>
        service
          .http(admin.accessToken)
          .patch('/v1/workspace/policy')
          .send({ mfa: { allowedFactors: ['webauthn'] } })
          .expect(200),
    ],
  ])('begins again where what is asked for has been %s meanwhile', async (_, change) => {
    const elsewhere = await service.workspace();
    const person = await service.member(elsewhere, 'viewer');
    const { app, factorId } = await enrol(service, person.accessToken);
    const { page } = await signIn(PASSWORD, person.email);
    await change(elsewhere, factorId);
    const refused = await page.submit({ code: app.next() });
    expect([refused.status, refused.text.includes('What you chose is no second factor')]).toEqual([
      401,
      true,
    ]);
    const again = await refused.submit({ email: person.email, password: PASSWORD });
    expect([again.url.pathname, again.text.includes(person.email)]).toEqual(['/console', true]);
  });

  it('has people set a second factor up where the workspace wants one, and begins again when that took too long', async () => {
    const strict = await service.workspace();
    await service.sql(`update workspace_policies set mfa_required = 'all' where workspace_id = $1`, [
      strict.id,
    ]);
    const { page } = await signIn(PASSWORD, strict.admin.email);
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)![1]!.replaceAll(' ', '');
    const app = new AuthenticatorApp(secret);
    const done = await page.submit({ code: app.next() });
    expect(done.status).toBe(200);
    expect(done.text.match(/<code>(\w{5}-){4}\w{5}<\/code>/g)).toHaveLength(10);
    const console = await done.follow('I have kept them');
    expect([console.url.pathname, console.text.includes(strict.admin.email)]).toEqual(['/console', true]);

    const late = await page.submit({ code: app.next() });
    expect([late.status, late.text.includes('took too long')]).toEqual([401, true]);
    expect(late.text).toContain('name="password"');
  });

  describe('where a second step is pressed twice, or its answer loaded again', () => {
    const codesOn = ({ text }: Page) => text.match(/(\w{5}-){4}\w{5}/g);
    const sessionsOf = (memberId: string) =>
      service.sql('select id from sessions where member_id = $1 and cookie_hash is not null', [memberId]);

    it('shows the recovery codes of a first factor each time, and lets its person in once', async () => {
      const strict = await service.workspace();
      await service.sql(`update workspace_policies set mfa_required = 'all' where workspace_id = $1`, [
        strict.id,
      ]);
      const { page, browser } = await signIn(PASSWORD, strict.admin.email);
      const app = new AuthenticatorApp(/<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)![1]!.replaceAll(' ', ''));
      const code = app.next();
      const [first, second] = await Promise.all([page.submit({ code }), page.submit({ code })]);
      expect(codesOn(first)).toHaveLength(10);
      for (const again of [second, await page.submit({ code })]) {
        expect([again.status, codesOn(again)]).toEqual([200, codesOn(first)]);
        expect((await again.follow('I have kept them')).text).toContain(strict.admin.email);
      }
      expect(await sessionsOf(strict.admin.memberId)).toHaveLength(1);
      expect(await service.auditEvents(strict.id, 'auth.factor_enrolled')).toHaveLength(1);

      await (await browser.open(`${service.baseUrl}/console`)).submit();
      const afterwards = await page.submit({ code });
      expect([afterwards.status, codesOn(afterwards)]).toEqual([401, null]);
      expect(browser.cookie(`${service.baseUrl}/`, 'gatehouse_session')).toBeUndefined();
    });

    it('leads to the same session, and not for whoever has the code alone', async () => {
      const person = await service.member(workspace, 'viewer');
      const { app } = await enrol(service, person.accessToken);
      const { page } = await signIn(PASSWORD, person.email);
      const code = app.next();
      for (const shown of await Promise.all([page.submit({ code }), page.submit({ code })]))
        expect([shown.url.pathname, shown.text.includes(person.email)]).toEqual(['/console', true]);
      expect(await sessionsOf(person.memberId)).toHaveLength(1);
      const other = await signIn(PASSWORD, person.email);
      expect((await other.page.submit({ code })).status).toBe(401);
      expect(other.browser.cookie(`${service.baseUrl}/`, 'gatehouse_session')).toBeUndefined();
    });

    it('is put off once', async () => {
      const lenient = await service.workspace();
      await service.sql(
        `update workspace_policies set mfa_required = 'all', mfa_grace_period_days = 7 where workspace_id = $1`,
        [lenient.id],
      );
      const { page, browser } = await signIn(PASSWORD, lenient.admin.email);
      const [, form] = /<form[^>]*action="\/login\/second-factor\/skip">([^]*?)<\/form>/.exec(page.text)!;
      const fields = new URLSearchParams();
      for (const [, name, value] of form!.matchAll(/name="(\w+)"\s+value="([^"]*)"/g))
        fields.set(name!, value!);
      const url = new URL(`${service.baseUrl}/login/second-factor/skip`);
      const press = () => browser.navigate({ method: 'POST', url, from: url, form: fields }, {});
      for (const shown of await Promise.all([press(), press()]))
        expect([shown.status, shown.url.pathname]).toEqual([200, '/console']);
      expect(await sessionsOf(lenient.admin.memberId)).toHaveLength(1);
    });

    it('is forgotten after a quarter of an hour', async () => {
      const person = await service.member(workspace, 'viewer');
      const { app } = await enrol(service, person.accessToken);
      const { page } = await signIn(PASSWORD, person.email);
      const code = app.next();
      await page.submit({ code });
      await service.sql(
        `update mfa_challenges set expires_at = expires_at - interval '21 minutes' where member_id = $1`,
        [person.memberId],
      );
      expect((await page.submit({ code })).status).toBe(401);
    });
  });

  it('leads whoever tries a password where none is taken to the identity provider', async () => {
    const strict = await service.workspace();
    const person = await service.member(strict, 'viewer');
    await enforceSso(service, strict);
    const page = await new Browser().open(`${service.baseUrl}/login/password`);
    const refused = await page.submit({ email: person.email, password: PASSWORD });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('signs in through its identity provider. Continue, and you get there.');
    const left = await refused.submit({}, { stopAt: ['https://idp.example.test/sso'] });
    expect(left.url.href).toMatch(/^https:\/\/idp\.example\.test\/sso\?SAMLRequest=/);
  });

  it('sends people who are not signed in to the beginning', async () => {
    const page = await new Browser().open(`${service.baseUrl}/console`);
    expect(page.status).toBe(401);
    expect((await page.follow('Sign in')).url.pathname).toBe('/login');
  });

  it('signs out for good', async () => {
    const { browser, page } = await signIn();
    const cookie = browser.cookie(`${service.baseUrl}/`, 'gatehouse_session');
    const after = await page.submit();
    expect(after.url.pathname).toBe('/login');
    expect(browser.cookie(`${service.baseUrl}/`, 'gatehouse_session')).toBeUndefined();
    await service.http().get('/console').set('cookie', `gatehouse_session=${cookie}`).expect(401);
    expect((await service.auditEvents(workspace.id, 'auth.logged_out')).length).toBeGreaterThan(0);
  });

  async function signIn(password = PASSWORD, email = workspace.admin.email) {
    const browser = new Browser();
    const first = await browser.open(`${service.baseUrl}/login`);
    const second = await first.submit({ email });
    return { browser, page: await second.submit({ password }) };
  }

  function post(path: string, form: URLSearchParams) {
    return service.http().post(path).type('form').send(form.toString());
  }
});
