import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { shownIn, wrongAt } from '../support/connection-desk';
import { prepareEnforcement } from '../support/enforcement';
import { signInOnPages } from '../support/page-sign-in';
import { issueScimToken, ScimClient } from '../support/scim-client';

describe('Keys, log and settings in the console', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let viewer: TestPerson;
  let browser: Browser;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    viewer = await service.member(workspace, 'viewer');
    browser = new Browser();
    await signIn(browser, workspace.admin.email);
  });

  const signIn = (somebody: Browser, email: string): Promise<Page> => signInOnPages(service, somebody, email);
  const open = (path: string, somebody = browser): Promise<Page> =>
    somebody.open(`${service.baseUrl}/console${path}`);
  const press = (path: string, values: Record<string, string> = {}, somebody = browser): Promise<Page> => {
    const url = new URL(`${service.baseUrl}/console${path}`);
    return somebody.navigate({ method: 'POST', url, from: url, form: new URLSearchParams(values) }, {});
  };
  const events = async (type: string) =>
    (await service.auditEvents(workspace.id, type)).map(({ data }) => data);
  const ago = (minutes: number) =>
    service.sql(
      `update sessions set authenticated_at = authenticated_at - make_interval(mins => $2) where member_id = $1`,
      [workspace.admin.memberId, minutes],
    );

  describe('API keys', () => {
    const secretOf = ({ text }: Page) => /<code>(gh_[^<]+)<\/code>/.exec(text)?.[1] ?? '';

    it('makes a key that works and is shown once, and revokes it', async () => {
      const page = await press('/api-keys', { name: 'CI', preset: 'read-only', days: '7' });
      const key = secretOf(page);
      await service.withKey(key).get('/v1/members').expect(200);
      const shown = await open('/api-keys');
      expect([shown.text.includes('CI'), shown.text.includes(key)]).toEqual([true, false]);
      const [row] = await service.sql<{ id: string }>('select id from api_keys where workspace_id = $1', [
        workspace.id,
      ]);
      expect((await press(`/api-keys/${row!.id}`, { how: 'revoke' })).text).toContain('No active keys');
      await service.withKey(key).get('/v1/members').expect(401);
    });

    it('makes a key of single scopes, for some addresses, with a limit of its own', async () => {
      const form = new URLSearchParams([
        ...[['name', 'CI'] as [string, string], ['preset', 'ticked'] as [string, string]],
        ...['members:read', 'audit:read'].map((scope): [string, string] => ['scopes', scope]),
        ...[
          ['allowedIps', '127.0.0.1\r\n2001:db8::/32'] as [string, string],
          ['days', '30'] as [string, string],
        ],
        ...[['rateRequests', '600'] as [string, string], ['rateSeconds', '60'] as [string, string]],
      ]);
      const url = new URL(`${service.baseUrl}/console/api-keys`);
      const page = await browser.navigate({ method: 'POST', url, from: url, form }, {});
      expect(page.text).toContain('from 127.0.0.1, 2001:db8::/32 only');
      const { body } = await service.http(workspace.admin.accessToken).get('/v1/api-keys').expect(200);
      expect(body.data[0]).toMatchObject({
        scopes: ['members:read', 'audit:read'],
        allowedIps: ['127.0.0.1', '2001:db8::/32'],
        rateLimit: { requests: 600, seconds: 60 },
      });
    });

    it('asks who signed in long ago to show that it is them, and makes nothing', async () => {
      await ago(60);
      const page = await press('/api-keys', { name: 'CI', preset: 'full' });
      expect([page.status, page.text.includes('Show that it is you')]).toEqual([401, true]);
      expect((await page.follow('Sign in again')).text).toContain('Sign in');
      expect(await events('api_key.created')).toEqual([]);
    });

    it('wants a name, and says so', async () => {
      const page = await press('/api-keys', { name: ' ', preset: 'full' });
      expect([page.status, page.text.includes('Back to API keys')]).toEqual([400, true]);
    });
  });

  describe('The audit log', () => {
    it('tells what happened, newest first, and finds by text, person, type and risk', async () => {
      await press(`/members/${viewer.memberId}`, { role: 'admin' });
      const log = await open('/audit');
      expect(log.text).toContain('auth.role_escalated');
      const found = await open('/audit?text=&actor=&risk=high&type=auth.role_escalated');
      expect(found.text).toContain('auth.role_escalated');
      expect(found.text).not.toContain('auth.login_succeeded</strong>');
      expect((await open('/audit?text=no-such-thing')).text).toContain('Nothing found');
      expect((await found.follow('CSV')).text).toContain('auth.role_escalated');
      expect((await open('/audit?risk=huge')).status).toBe(400);
    });

    it('calls programs by their names', async () => {
      const admin = service.http(workspace.admin.accessToken);
      const key = await admin
        .post('/v1/api-keys')
        .send({ name: 'deploy <bot>', scopes: ['members:read'] })
        .expect(201);
      await service.withKey(key.body.key).post('/v1/secrets').send({ name: 'a', value: 'b' }).expect(403);
      const { token } = await issueScimToken(service, workspace.admin, { name: 'Okta' });
      await new ScimClient(service, token).createGroup();
      const text = (await open('/audit')).text.replace(/\s+/g, ' ');
      expect(text).toContain('· API key deploy &#60;bot&#62; from');
      expect(text).toContain('· SCIM token Okta from');
    });

    it('leads on to older entries', async () => {
      for (let at = 0; at < 3; at += 1)
        await press(`/members/${viewer.memberId}`, { role: at % 2 ? 'viewer' : 'editor' });
      const page = await open('/audit?limit=2');
      expect((await page.follow('More')).status).toBe(200);
    });
  });

  describe('Settings', () => {
    it('renames the workspace', async () => {
      expect((await press('/settings/name', { name: 'Acme & Sons' })).text).toContain(
        'value="Acme &#38; Sons"',
      );
    });

    it('changes what is demanded of sessions, and leaves what was not touched as it is, to the second', async () => {
      await service
        .http(workspace.admin.accessToken)
        .patch('/v1/workspace/policy')
        .send({ session: { idleSeconds: 3601 } })
        .expect(200);
      const form = { idleMinutes: '60', absoluteMinutes: '600', freshMinutes: '15', maxConcurrent: '' };
      expect((await press('/settings/sessions', form)).text).toContain('Saved');
      const { body } = await service
        .http(workspace.admin.accessToken)
        .get('/v1/workspace/policy')
        .expect(200);
      expect(body.session).toMatchObject({ idleSeconds: 3601, absoluteSeconds: 36_000, maxConcurrent: null });
      expect((await press('/settings/sessions', { ...form, idleMinutes: '2' })).status).toBe(400);
    });

    it('changes second factors, what becomes of keys, and who becomes a member', async () => {
      await press('/settings/second-factors', {
        required: 'admins',
        allowedFactors: 'webauthn',
        gracePeriodDays: '7',
        trustIdp: 'never_ask',
      });
      await press('/settings/api-keys', { onMemberRemoval: 'keep', maxLifetimeDays: '365' });
      await press('/settings/single-sign-on', { jitRole: 'editor', jitNeedsMapping: 'on' });
      const { body } = await service
        .http(workspace.admin.accessToken)
        .get('/v1/workspace/policy')
        .expect(200);
      expect(body).toMatchObject({
        mfa: { required: 'admins', allowedFactors: ['webauthn'], gracePeriodDays: 7, trustIdp: 'never_ask' },
        apiKeys: { onMemberRemoval: 'keep', maxLifetimeDays: 365 },
        sso: { enforced: false, jit: { enabled: false, defaultRole: 'editor', requireMapping: true } },
      });
    });

    it('sets all that the policy knows, and shows it', async () => {
      await service.sql(
        `insert into domains (workspace_id, domain, token, status) values ($1, $2, 'x', 'verified')`,
        [workspace.id, `${workspace.slug}.test`],
      );
      const sent: Record<string, Record<string, string>> = {
        sessions: { accessTokenMinutes: '5' },
        'single-sign-on': { jit: 'on', jitRole: 'viewer', jitDomains: `${workspace.slug}.test` },
        'api-keys': { onMemberRemoval: 'revoke', rateRequests: '600', rateSeconds: '60' },
        directories: {
          massChangeMembers: '3',
          massChangePercent: '7',
          massChangeWindow: '90',
          directorySetsRole: 'editor',
        },
        audit: { retentionDays: '400', legalHold: 'on' },
      };
      for (const [group, values] of Object.entries(sent))
        expect([group, (await press(`/settings/${group}`, values)).text]).toEqual([
          group,
          expect.stringContaining('Saved'),
        ]);
      const { body } = await service.http(workspace.admin.accessToken).get('/v1/workspace/policy');
      expect(body).toMatchObject({
        session: { accessTokenSeconds: 300 },
        sso: { jit: { enabled: true, allowedDomains: [`${workspace.slug}.test`] } },
        apiKeys: { rateLimit: { requests: 600, seconds: 60 } },
        scim: { massChange: { members: 3, percent: 7, windowMinutes: 90 }, directorySetsRole: 'editor' },
        audit: { retentionDays: 400, legalHold: true },
      });
      const { text } = await open('/settings');
      expect(text).toMatch(/name="massChangeWindow"[^>]*value="90"/);
      expect(text).toMatch(/name="legalHold"[^>]*checked/);
      await press('/settings/audit', { retentionDays: '' });
      await press('/settings/api-keys', { onMemberRemoval: 'revoke' });
      const after = await service.http(workspace.admin.accessToken).get('/v1/workspace/policy');
      expect(after.body).toMatchObject({
        apiKeys: { rateLimit: null },
        audit: { retentionDays: null, legalHold: false },
      });
    });

    it('shows whoever keeps their password, however many admins came after them', async () => {
      const { memberId } = workspace.admin;
      await service.sql('update workspace_policies set break_glass_member_ids = $2 where workspace_id = $1', [
        workspace.id,
        [memberId],
      ]);
      await service.sql(
        `with u as (insert into users (email) select gen_random_uuid() || '@many.test' from generate_series(1, 100)
                    returning id, email)
         insert into members (workspace_id, user_id, email, user_name, source, role)
         select $1, id, email, email, 'invitation', 'admin' from u`,
        [workspace.id],
      );
      const box = new RegExp(`name="breakGlass"[^>]*value="${memberId}"[^>]*checked`);
      expect((await open('/settings')).text).toMatch(box);
    });

    it('says that passwords are refused, also to whom that signs out', async () => {
      const keeps = await prepareEnforcement(service, workspace);
      const form = { enforced: 'on', breakGlass: keeps.memberId, jit: 'on', jitRole: 'viewer' };
      const page = await press('/settings/single-sign-on', form);
      expect([page.status, page.text.includes('Passwords are refused from now on')]).toEqual([401, true]);
      expect(page.text).toContain('Sign in through your company');
      expect((await open('/settings')).text).toContain('You are not signed in');
    });

    it('refuses to refuse passwords before everything is ready, and names what is not', async () => {
      const form = { enforced: 'on', breakGlass: workspace.admin.memberId, jit: 'on', jitRole: 'viewer' };
      const page = await press('/settings/single-sign-on', form);
      expect([page.status, page.text.includes('Not everything is ready')]).toEqual([409, true]);
      expect(page.text).toContain('Activate a connection to your identity provider.');
      // What is missing can be mended where it is said: whose password is kept stands there, as it was chosen.
      expect(page.text).toMatch(
        new RegExp(`name="breakGlass"\\s+value="${workspace.admin.memberId}"\\s+checked`),
      );
      expect(page.text).toContain(workspace.admin.email);
      expect(page.text).toMatch(/name="enforced"\s+value="on"\s+checked/);
      expect(page.text).toMatch(/action="\/console\/settings\/single-sign-on"/);
    });
  });

  describe('Two admins at once', () => {
    const changed = /Somebody has changed [^.]* since this page was opened/;

    it('lift no legal hold, nor anything else of a group, by a page from before', async () => {
      const shown = shownIn(await open('/settings'), '/settings/audit');
      expect((await press('/settings/audit', { ...shown, legalHold: 'on' })).status).toBe(200);
      const late = { ...shown, retentionDays: '400' };
      const refused = await press('/settings/audit', late);
      expect([refused.status, changed.test(refused.text)]).toEqual([409, true]);
      expect([wrongAt(refused, 'legalHold'), wrongAt(refused, 'retentionDays')]).toEqual([
        'It is ticked now.',
        'It is empty now.',
      ]);
      const policy = async () =>
        (await service.http(workspace.admin.accessToken).get('/v1/workspace/policy').expect(200)).body;
      expect(await policy()).toMatchObject({ audit: { retentionDays: null, legalHold: true } });
      // Another group is none of its business, and the same twice is no change.
      const sessions = { ...shownIn(await open('/settings'), '/settings/sessions'), idleMinutes: '60' };
      expect((await press('/settings/sessions', sessions)).status).toBe(200);
      expect((await press('/settings/sessions', sessions)).status).toBe(200);
      await press('/settings/audit', { ...shownIn(refused, '/settings/audit'), legalHold: 'on' });
      expect(await policy()).toMatchObject({ audit: { retentionDays: 400, legalHold: true } });
    });

    it('do not call the workspace again what somebody else no longer calls it', async () => {
      const shown = shownIn(await open('/settings'), '/settings/name');
      expect((await press('/settings/name', { ...shown, name: ' Acme Ltd ' })).status).toBe(200);
      expect(shownIn(await open('/settings'), '/settings/name').name).toBe('Acme Ltd');
      const refused = await press('/settings/name', { ...shown, name: 'Acme GmbH' });
      expect([refused.status, changed.test(refused.text)]).toEqual([409, true]);
      expect(wrongAt(refused, 'name')).toBe('It is “Acme Ltd” now.');
      const again = await press('/settings/name', shownIn(refused, '/settings/name'));
      expect([again.status, shownIn(again, '/settings/name').name]).toEqual([200, 'Acme GmbH']);
    });

    it('say it at the form of single sign-on, where the page knows the admins', async () => {
      const shown = shownIn(await open('/settings'), '/settings/single-sign-on');
      await press('/settings/single-sign-on', { ...shown, jitRole: 'editor' });
      const refused = await press('/settings/single-sign-on', {
        ...shown,
        jitDomains: '',
        jitNeedsMapping: 'on',
      });
      expect([refused.status, refused.text.includes('It is “editor” now.')]).toEqual([409, true]);
      const again = await press('/settings/single-sign-on', shownIn(refused, '/settings/single-sign-on'));
      expect([again.status, again.url.search]).toEqual([200, '?done=saved']);
    });

    it('lose no rules of each other', async () => {
      const rules = async (group: string, seen?: string) => {
        const rule = { place: '1', source: 'idp_group', value: group, role: 'viewer', connection: '' };
        return press('/role-mappings', { ...rule, how: 'save', ...(seen && { seen }) });
      };
      const seenOn = ({ text }: Page) => /name="seen" value="([^"]+)"/.exec(text)![1];
      const before = seenOn(await open('/role-mappings'));
      expect((await rules('Engineering', before)).text).toContain('brought in line');
      expect((await rules('Engineering', before)).status).toBe(200);
      const refused = await rules('Sales', before);
      expect([refused.status, changed.test(refused.text)]).toEqual([409, true]);
      expect(refused.text).toContain('<li>group at sign-in Engineering: viewer</li>');
      expect(refused.text).toContain('value="Sales"');
      expect((await rules('Sales', seenOn(refused))).text).toContain('brought in line');
    });
  });
});
