import { randomUUID } from 'node:crypto';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';

const LONG_AGO = `update sessions set authenticated_at = authenticated_at - interval '1 day' where member_id = $1`;

describe('The page of an API key', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let browser: Browser;
  let id: string;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
    const { body } = await api().post('/v1/api-keys').send(MADE).expect(201);
    id = body.id;
  });

  const MADE = {
    name: 'CI',
    scopes: ['runs:write', 'members:read'],
    expiresAt: '2030-01-31T12:34:56Z',
    allowedIps: ['192.0.2.0/24', '198.51.100.7'],
    rateLimit: { requests: 60, seconds: 10 },
  };
  const api = () => service.http(workspace.admin.accessToken);
  const now = async () => (await api().get(`/v1/api-keys/${id}`).expect(200)).body;
  const changes = () => service.auditEvents(workspace.id, 'api_key.updated');
  const open = (somebody = browser): Promise<Page> =>
    somebody.open(`${service.baseUrl}/console/api-keys/${id}`);
  const seenOn = ({ text }: Page): string => /name="seen" value="([^"]+)"/.exec(text)?.[1] ?? '';

  /** What the form holds of that key, with what is typed into it. */
  const save = async (typed: Record<string, string | string[]>, page?: Page): Promise<Page> => {
    const form = new URLSearchParams();
    const held = {
      name: MADE.name,
      scopes: [...MADE.scopes].reverse(),
      until: '2030-01-31',
      allowedIps: MADE.allowedIps.join('\r\n'),
      rateRequests: '60',
      rateSeconds: '10',
      seen: seenOn(page ?? (await open())),
    };
    for (const [name, value] of Object.entries({ ...held, ...typed }))
      for (const one of [value].flat()) form.append(name, one);
    const url = new URL(`${service.baseUrl}/console/api-keys/${id}/terms`);
    return browser.navigate({ method: 'POST', url, from: url, form }, {});
  };

  it('is led to from the list, which says that a key ends soon, and shows those that have', async () => {
    const list = `${service.baseUrl}/console/api-keys`;
    const endsIn = (days: number) =>
      service.sql('update api_keys set expires_at = now() + make_interval(days => $2) where id = $1', [
        id,
        days,
      ]);
    expect((await browser.open(list)).text).not.toMatch(/ends in|>expired</);
    await endsIn(3);
    expect((await browser.open(list)).text).toContain('ends in 3 days');
    await endsIn(-1);
    const none = await browser.open(list);
    expect(none.text).toContain('No active keys');
    const expired = await none.follow('Show expired keys');
    expect(expired.text).toContain('>expired<');
    const page = await expired.follow('Change');
    expect([page.url.pathname, page.text.includes('Put a new key in its place')]).toEqual([
      `/console/api-keys/${id}`,
      true,
    ]);
  });

  it('shows what holds, and is found from the list', async () => {
    const page = await (await browser.open(`${service.baseUrl}/console/api-keys`)).follow('Change');
    expect([page.status, page.url.pathname]).toEqual([200, `/console/api-keys/${id}`]);
    expect(page.text).toMatch(/name="name"[^>]*value="CI"/);
    expect(page.text).toMatch(/type="date" value="2030-01-31"/);
    expect(page.text).toMatch(/value="runs:write"\s+checked/);
    expect(page.text).not.toMatch(/value="runs:read"\s+checked/);
    expect(page.text).toContain('192.0.2.0/24\n198.51.100.7</textarea>');
    expect(page.text).toMatch(/name="rateRequests"[^>]*value="60"/);
  });

  it('changes all that the calls change, recorded as there', async () => {
    const page = await save({
      name: 'Nightly',
      scopes: 'runs:read',
      until: '2029-02-28',
      allowedIps: '',
      rateRequests: '',
      rateSeconds: '',
    });
    expect(page.text).toContain('It holds from the next request of this key on');
    const after = {
      name: 'Nightly',
      scopes: ['runs:read'],
      expiresAt: '2029-02-28T23:59:59.000Z',
      allowedIps: [],
      rateLimit: null,
    };
    expect(await now()).toMatchObject(after);
    expect((await changes()).map((event) => [event.target_id, event.data])).toEqual([
      [id, expect.objectContaining({ after })],
    ]);
    await save({ until: '' }, await open());
    expect((await now()).expiresAt).toBeNull();
  });

  it('records nothing where nothing was changed, and leaves an end within its day', async () => {
    expect((await save({})).status).toBe(200);
    expect(await changes()).toEqual([]);
    await save({ name: 'Other' });
    expect(await now()).toMatchObject({ expiresAt: '2030-01-31T12:34:56.000Z', scopes: MADE.scopes });
  });

  it('asks for a recent sign-in before a key may do more, and keeps what was typed', async () => {
    await service.sql(LONG_AGO, [workspace.admin.memberId]);
    expect((await save({ scopes: 'runs:write', name: 'Less' })).status).toBe(200);
    const stale = await save({ scopes: ['runs:write', 'audit:read'], name: 'More' });
    expect([stale.status, stale.text.includes('Show that it is you')]).toEqual([401, true]);
    expect(stale.text).toMatch(/value="audit:read"\s+checked/);
    expect(stale.text).toMatch(/name="name"[^>]*value="More"/);
    expect((await now()).name).toBe('Less');
    await signInOnPages(service, browser, workspace.admin.email);
    // The page is the answer of before: what it knew of the key comes along.
    const again = await save({ scopes: ['runs:write', 'audit:read'], name: 'More' }, stale);
    expect(again.text).toContain('It holds from the next request');
    expect(await now()).toMatchObject({ name: 'More', scopes: ['runs:write', 'audit:read'] });
  });

  it('says what is wrong beside the field, in the words of making one', async () => {
    const wrong: [Record<string, string | string[]>, string, string][] = [
      [{ name: ' ' }, 'name', 'This field is required.'],
      [{ name: 'two\nlines' }, 'name', 'This must be one line of readable text.'],
      [{ until: '2020-01-31' }, 'until', 'This must lie in the future.'],
      [{ until: '2030-02-30' }, 'until', 'This must be a day such as 2030-01-31'],
      [{ allowedIps: '10.0.0.0/99' }, 'allowedIps', 'an IP address or a range such as 192.0.2.0/24'],
      [{ rateSeconds: '' }, 'rateSeconds', 'go together'],
      [{ rateRequests: '0' }, 'rateRequests', 'This must be 1 or more.'],
    ];
    for (const [typed, field, said] of wrong) {
      const page = await save(typed);
      expect([field, page.status]).toEqual([field, 400]);
      expect(page.text).toMatch(new RegExp(`id="${field}-wrong">[^<]*${said}`));
      expect(page.text).toMatch(/name="seen" value="[^"]{20,}"/);
    }
    expect((await save({ scopes: [] })).text).toContain('Tick what the key may do.');
    expect((await save({ scopes: 'everything' })).status).toBe(400);
    expect(await changes()).toEqual([]);
    await service.sql(
      'update workspace_policies set api_keys_max_lifetime_days = 30 where workspace_id = $1',
      [workspace.id],
    );
    expect((await save({ until: '' })).text).toContain('Keys of this workspace live for 30 days at most.');
  });

  it('does not undo what somebody else changed meanwhile: it shows that, and keeps what was typed', async () => {
    const page = await open();
    await api()
      .patch(`/v1/api-keys/${id}`)
      .send({ scopes: ['members:read'] })
      .expect(200);
    const refused = await save({ name: 'Nightly' }, page);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Somebody has changed this key since you opened it');
    expect(refused.text).toMatch(/name="name"[^>]*value="Nightly"/);
    expect(refused.text).toContain('1 scope ');
    expect(await now()).toMatchObject({ name: 'CI', scopes: ['members:read'] });
    expect(seenOn(refused)).not.toBe(seenOn(page));
    expect((await save({ name: 'Nightly', scopes: 'members:read' }, refused)).status).toBe(200);
    expect(await now()).toMatchObject({ name: 'Nightly', scopes: ['members:read'] });
  });

  it('takes a form that is sent twice for one', async () => {
    const page = await open();
    const [first, second] = await Promise.all([save({ name: 'Twice' }, page), save({ name: 'Twice' }, page)]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await changes()).toHaveLength(1);
  });

  describe('puts a new one in its place', () => {
    const rotate = (overlap: string, once?: string): Promise<Page> => {
      const url = new URL(`${service.baseUrl}/console/api-keys/${id}/rotate`);
      const form = new URLSearchParams({ overlap, ...(once !== undefined && { once }) });
      return browser.navigate({ method: 'POST', url, from: url, form }, {});
    };
    const textIn = ({ text }: Page): string => /<code>(gh_[^<]+)<\/code>/.exec(text)?.[1] ?? '';

    it.each([
      ['which ends at once', '0', 'revoked'],
      ['which works on for a while', '3600', 'active'],
    ])('%s, shown once', async (_, overlap, status) => {
      const page = await rotate(overlap);
      expect([page.status, page.text.includes('it is not shown again')]).toEqual([200, true]);
      await service.withKey(textIn(page)).get('/v1/auth/me').expect(401); // Not from here: it has its addresses.
      const old = await now();
      expect(old).toMatchObject({ status, replacedBy: expect.any(String) });
      const { body } = await api().get(`/v1/api-keys/${old.replacedBy}`).expect(200);
      expect(body).toMatchObject({ name: 'CI', status: 'active', allowedIps: MADE.allowedIps });
      expect((await browser.open(`${service.baseUrl}/console/api-keys`)).text).not.toContain('gh_');
      const event = (await service.auditEvents(workspace.id, 'api_key.rotated')).at(-1);
      expect(event).toMatchObject({ actor_type: 'user', target_id: id, data: { newKeyId: old.replacedBy } });
      if (status === 'active') {
        const again = await open();
        expect(again.text).toContain(`/console/api-keys/${old.replacedBy}`);
        expect(again.text).not.toContain('/rotate');
        expect((await rotate('0')).status).toBe(409);
      }
    });

    it('also of one that has expired, of which nothing else can be changed', async () => {
      await service.sql('update api_keys set expires_at = now() where id = $1', [id]);
      const page = await open();
      expect(page.text).toContain('This key has expired');
      expect(page.text).not.toContain('/terms');
      expect(page.text).toContain('/rotate');
      expect((await rotate('3600')).status).toBe(200);
      expect(await now()).toMatchObject({ status: 'expired', replacedBy: expect.any(String) });
    });

    it('once, however often the form is sent', async () => {
      const once = /\/rotate"[^<]*<input[^>]*name="once"\s+value="([^"]+)"/.exec((await open()).text)![1]!;
      const [first, second] = [await rotate('3600', once), await rotate('3600', once)];
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(textIn(second)).toBe(textIn(first));
      expect(await service.auditEvents(workspace.id, 'api_key.rotated')).toHaveLength(1);
    });

    it('for no other time than is offered, after a recent sign-in only, and for admins', async () => {
      const refused = await rotate('999999999');
      expect([refused.status, refused.text.includes('The old one works')]).toEqual([400, true]);
      const theirs = new Browser();
      await signInOnPages(service, theirs, (await service.member(workspace, 'editor')).email);
      const url = new URL(`${service.baseUrl}/console/api-keys/${id}/rotate`);
      const form = new URLSearchParams({ overlap: '0' });
      expect((await theirs.navigate({ method: 'POST', url, from: url, form }, {})).status).toBe(403);
      await service.sql(LONG_AGO, [workspace.admin.memberId]);
      expect((await rotate('0')).status).toBe(401);
      expect(await now()).toMatchObject({ status: 'active', replacedBy: null });
    });
  });

  it('changes nothing for who may not, from elsewhere, of another workspace, or after the end', async () => {
    const url = new URL(`${service.baseUrl}/console/api-keys/${id}/terms`);
    const form = new URLSearchParams({ name: 'Mallory', scopes: 'runs:read', seen: seenOn(await open()) });
    for (const role of ['editor', 'viewer'] as const) {
      const theirs = new Browser();
      await signInOnPages(service, theirs, (await service.member(workspace, role)).email);
      expect((await open(theirs)).status).toBe(403);
      expect((await theirs.navigate({ method: 'POST', url, from: url, form }, {})).status).toBe(403);
    }
    const from = new URL(`http://${url.hostname}:1/`);
    const foreign = await browser.navigate({ method: 'POST', url, from, form }, {});
    expect([foreign.status, foreign.text.includes('Mallory')]).toEqual([403, false]);

    const other = new Browser();
    await signInOnPages(service, other, (await service.workspace()).admin.email);
    expect((await open(other)).status).toBe(404);
    expect((await other.navigate({ method: 'POST', url, from: url, form }, {})).status).toBe(404);
    expect((await browser.open(`${service.baseUrl}/console/api-keys/${randomUUID()}`)).status).toBe(404);

    const page = await open();
    await api().delete(`/v1/api-keys/${id}`).expect(204);
    const late = await save({ name: 'Late' }, page);
    expect([late.status, late.text.includes('This key is revoked')]).toEqual([409, true]);
    expect((await open()).text).toContain('This key is revoked');
    expect((await open()).text).not.toContain('<form');
    expect(await changes()).toEqual([]);
  });
});

describe('A key whose maker has left', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());

  it('becomes mine in the console after a recent sign-in only, as by the call', async () => {
    const workspace = await service.workspace();
    const browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
    const { body } = await service
      .http(workspace.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'Left', scopes: ['runs:read'] })
      .expect(201);
    await service.sql(
      `update api_keys set creator_left_at = now(), creator_left_role = 'admin', creator_left_approver = false where id = $1`,
      [body.id],
    );
    await service.sql(LONG_AGO, [workspace.admin.memberId]);
    const url = new URL(`${service.baseUrl}/console/api-keys/${body.id}`);
    const adopt = () =>
      browser.navigate({ method: 'POST', url, from: url, form: new URLSearchParams({ how: 'adopt' }) }, {});
    expect((await adopt()).status).toBe(401);
    await signInOnPages(service, browser, workspace.admin.email);
    expect((await adopt()).text).toContain('The key is yours now');
  });
});
