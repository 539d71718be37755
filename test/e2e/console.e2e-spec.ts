import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { mailsTo } from '../support/outbox';
import { signInOnPages } from '../support/page-sign-in';
import { issueScimToken, ScimClient } from '../support/scim-client';

describe('The console', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let viewer: TestPerson;
  let browser: Browser;
  let home: Page;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    viewer = await service.member(workspace, 'viewer');
    browser = new Browser();
    home = await signIn(browser, workspace.admin.email);
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

  it('leads from its first page to every section, and from each to every other', async () => {
    for (const label of [
      'Members',
      'Single sign-on',
      'Roles by group',
      'SCIM',
      'API keys',
      'Audit log',
      'Settings',
    ]) {
      const section = await home.follow(label);
      expect([label, section.status, section.text.includes(`<h1>${label}</h1>`)]).toEqual([label, 200, true]);
      expect((await section.follow('Members')).text).toContain('<h1>Members</h1>');
    }
  });

  it('shows people the sections their role opens, and refuses the others', async () => {
    const theirs = new Browser();
    const page = await signIn(theirs, viewer.email);
    expect(page.text).toContain('Audit log');
    for (const label of ['Members', 'Single sign-on', 'SCIM', 'API keys', 'Settings'])
      expect(page.text).not.toContain(`>${label}</a>`);
    for (const path of ['/members', '/sso', '/scim', '/api-keys', '/settings'])
      expect((await open(path, theirs)).status).toBe(403);
    expect((await press(`/members/${viewer.memberId}`, { role: 'admin' }, theirs)).status).toBe(403);
    expect((await open('/members', new Browser())).text).toContain('You are not signed in');
  });

  it('takes no form that another site sent', async () => {
    const url = new URL(`${service.baseUrl}/console/members/${viewer.memberId}/remove`);
    const from = new URL('https://evil.example/');
    const page = await browser.navigate({ method: 'POST', url, from, form: new URLSearchParams() }, {});
    expect(page.status).toBeGreaterThanOrEqual(400);
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(200);
  });

  describe('Members', () => {
    it('changes a role, which holds at the next request', async () => {
      const page = await press(`/members/${viewer.memberId}`, { role: 'editor', approver: 'on' });
      expect(page.text).toContain('It holds from the next request');
      const { body } = await service.http(viewer.accessToken).get('/v1/auth/me').expect(200);
      expect(body.member).toMatchObject({ role: 'editor', approver: true });
      await press(`/members/${viewer.memberId}`, { role: 'editor' });
      expect((await service.http(viewer.accessToken).get('/v1/auth/me')).body.member.approver).toBe(false);
    });

    it('removes somebody, who is out at once, and lets them in again', async () => {
      expect((await press(`/members/${viewer.memberId}/remove`)).text).toContain('Every session ended');
      await service.http(viewer.accessToken).get('/v1/auth/me').expect(401);
      const members = await open('/members');
      expect(members.text).not.toContain(viewer.email);
      const removed = await members.follow('1 removed');
      expect(removed.text).toContain(viewer.email);
      expect((await press(`/members/${viewer.memberId}/restore`)).text).toContain('In again');
      expect(await events('workspace.member_restored')).toHaveLength(1);
    });

    it('does not remove the last admin, and says why', async () => {
      const page = await press(`/members/${workspace.admin.memberId}/remove`);
      expect([page.status, page.text.includes('keeps at least one admin')]).toEqual([409, true]);
      expect((await page.follow('Back to Members')).text).toContain(workspace.admin.email);
    });

    it('finds people by the beginning of an address, and says when nobody is called so', async () => {
      expect(
        (await open(`/members?search=${encodeURIComponent(viewer.email.slice(0, 8).toUpperCase())}`)).text,
      ).toContain(viewer.email);
      expect((await open('/members?search=nobody-is')).text).toContain('is called so');
    });

    it('invites by mail, mails a new link, revokes', async () => {
      const email = 'newcomer@acme.test';
      const page = await press('/members/invitations', { email: ' Newcomer@Acme.test ', role: 'editor' });
      expect(page.text).toContain(email);
      const [invitation] = await service.sql<{ id: string }>(
        'select id from invitations where email = $1 and workspace_id = $2',
        [email, workspace.id],
      );
      expect((await press('/members/invitations', { email, role: 'viewer' })).text).toContain(
        'open invitation',
      );
      await press(`/members/invitations/${invitation!.id}`, { how: 'resend' });
      const gone = await press(`/members/invitations/${invitation!.id}`, { how: 'revoke' });
      expect(gone.text).not.toContain(email);
      expect(await events('workspace.invitation_revoked')).toHaveLength(1);
      expect(mailsTo(service, email).length).toBeGreaterThan(0);
    });

    it('says of an invitation whose mail nobody took that it did not arrive', async () => {
      await press('/members/invitations', { email: 'lost@acme.test', role: 'viewer' });
      expect((await open('/members')).text).not.toContain('The mail was not taken');
      await service.sql(
        `update mails set status = 'failed', failure = 'smtp_550' where about_id =
           (select id from invitations where email = 'lost@acme.test' and workspace_id = $1)`,
        [workspace.id],
      );
      const { text } = await open('/members');
      expect(text).toMatch(/The mail was not taken \(<code>smtp_550<\/code>\)/);
    });

    it('says nothing for a word in its address that it does not know', async () => {
      for (const section of ['members', 'sso', 'scim', 'api-keys']) {
        const { text } = await open(`/${section}?done=constructor`);
        expect(text).not.toMatch(/native code|role="status"/);
      }
    });

    it('shows names as text, whatever they hold', async () => {
      await service.sql(`update members set display_name = '<script>alert(1)</script>' where id = $1`, [
        viewer.memberId,
      ]);
      const { text } = await open('/members');
      expect(text).toContain('&#60;script&#62;alert(1)');
      expect(text).not.toContain('<script>alert');
    });
  });

  describe('Single sign-on', () => {
    it('claims a domain, and shows the record that proves it', async () => {
      const page = await press('/sso/domains', { domain: 'Acme-Console.Example' });
      expect(page.text).toContain('_gatehouse.acme-console.example');
      expect((await press('/sso/domains', { domain: 'gmail.com' })).status).toBe(400);
      const [domain] = await service.sql<{ id: string }>('select id from domains where workspace_id = $1', [
        workspace.id,
      ]);
      expect((await press(`/sso/domains/${domain!.id}/verify`)).status).toBe(409);
      expect((await press(`/sso/domains/${domain!.id}/delete`)).text).not.toContain('acme-console.example');
    });

    it('makes a connection and opens the pages that set it up; untested it cannot be activated', async () => {
      const made = await press('/sso/connections', { name: 'Acme <Okta>', type: 'saml', provider: 'okta' });
      expect(made.text).toContain('Acme &#60;Okta&#62;');
      const [connection] = await service.sql<{ id: string }>(
        'select id from sso_connections where workspace_id = $1',
        [workspace.id],
      );
      const here = `/sso/connections/${connection!.id}`;
      const setUp = await press(`${here}/set-up`);
      expect([setUp.status, setUp.url.pathname]).toEqual([200, '/setup']);
      expect(setUp.text).toContain(`/sso/saml/${connection!.id}/acs`);
      expect((await press(`${here}/test`)).status).toBe(409);
      expect((await press(`${here}/activate`)).status).toBe(409);
      expect((await press(`${here}/links`, { contactEmail: 'it@acme.test' })).text).toContain('on its way');
      expect((await press(`${here}/delete`)).text).toContain('There is none yet');
      expect(await events('sso_connection.deleted')).toHaveLength(1);
    });

    it('asks whether somebody is who they seem to be, and says what runs out', async () => {
      await press('/sso/connections', { name: 'Acme', type: 'saml', provider: 'okta' });
      const [conflict] = await service.sql<{ id: string }>(
        `insert into identity_conflicts (workspace_id, connection_id, issuer, subject, email, member_id)
         select workspace_id, id, 'https://idp.example', 'ada-7', $2, $3 from sso_connections where workspace_id = $1
         returning id`,
        [workspace.id, viewer.email, viewer.memberId],
      );
      await service.sql(
        `insert into domains (workspace_id, domain, token, status, grace_until)
         values ($1, 'failing.example', 'x', 'failing', now() + interval '2 days')`,
        [workspace.id],
      );
      const page = await open('/sso');
      for (const text of ['ada-7', 'Are they who they seem to be?', 'failing.example'])
        expect(page.text).toContain(text);
      const after = await press(`/sso/conflicts/${conflict!.id}`, { action: 'dismiss' });
      expect(after.text).toContain('They are not who they seemed to be');
      expect(after.text).not.toContain('ada-7');
      expect(await events('sso.conflict_resolved')).toHaveLength(1);
    });

    it('touches nothing of another workspace', async () => {
      const other = await service.workspace();
      const { body } = await service
        .http(other.admin.accessToken)
        .post('/v1/sso/connections')
        .send({ type: 'saml', name: 'Theirs' })
        .expect(201);
      for (const deed of ['set-up', 'test', 'activate', 'disable', 'delete'])
        expect([deed, (await press(`/sso/connections/${body.id}/${deed}`)).status]).toEqual([deed, 404]);
    });
  });

  describe('Roles by group', () => {
    const table = (
      how: string,
      ...rows: [place: string, source: string, value: string, role: string][]
    ): Promise<Page> => {
      const form = new URLSearchParams({ how });
      for (const [place, source, value, role] of rows) {
        for (const [name, text] of Object.entries({ place, source, value, role, connection: '' }))
          form.append(name, text);
      }
      const url = new URL(`${service.baseUrl}/console/role-mappings`);
      return browser.navigate({ method: 'POST', url, from: url, form }, {});
    };
    const roleOf = async ({ memberId }: TestPerson) =>
      (await service.http(workspace.admin.accessToken).get(`/v1/members/${memberId}`)).body.role;
    const toEngineering = () =>
      service.sql(`update members set department = 'Engineering' where id = $1`, [viewer.memberId]);

    it('says who would gain what, saves, and brings members in line', async () => {
      await toEngineering();
      const rows: [string, string, string, string][] = [
        ['2', 'department', 'Engineering', 'viewer'],
        ['1', 'department', ' engineering lead ', 'admin'],
        ['', 'idp_group', '', 'viewer'],
      ];
      const tried = await table('preview', ...rows);
      expect(tried.text).toContain('Nothing has been');
      expect(await events('role_mapping.updated')).toEqual([]);
      expect(tried.text.indexOf('engineering lead')).toBeLessThan(tried.text.indexOf('value="Engineering"'));

      const saved = await table('save', ['1', 'department', 'Engineering', 'editor']);
      expect(saved.text).toContain('Every member has been brought in line');
      expect(await roleOf(viewer)).toBe('editor');
      expect((await open('/role-mappings')).text).toContain('value="Engineering"');
    });

    it('says what is wrong beside what was typed', async () => {
      const row: [string, string, string, string] = ['1', 'department', 'Sales', 'editor'];
      for (const how of ['preview', 'save']) {
        const page = await table(how, row, row);
        expect(page.status).toBe(400);
        expect(page.text).toMatch(/id="value-1"[^>]*value="Sales"[^>]*aria-describedby="value-1-wrong"/);
        expect(page.text).toContain('id="value-1-wrong">A rule before it is about the same.');
        expect(page.text).not.toContain('id="value-0-wrong"');
        expect(page.text).not.toContain('see errors');
      }
      expect(await events('role_mapping.updated')).toEqual([]);
    });
  });

  describe('SCIM', () => {
    const secretOf = ({ text }: Page) => /<code>(gh[sk]?_[^<]+)<\/code>/.exec(text)?.[1] ?? '';

    it('makes a token that works and is shown once, follows it by another, revokes it', async () => {
      const page = await press('/scim/tokens', { name: 'Okta', days: '30' });
      const token = secretOf(page);
      expect(page.text).toContain('/scim/v2');
      const directory = new ScimClient(service, token);
      await directory
        .post('/Users', {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
          userName: 'grace@acme.test',
        })
        .expect(201);
      const shown = await open('/scim');
      expect(shown.text).toContain('grace@acme.test');
      expect(shown.text).not.toContain(token);

      const [row] = await service.sql<{ id: string }>('select id from scim_tokens where workspace_id = $1', [
        workspace.id,
      ]);
      const second = new ScimClient(service, secretOf(await press(`/scim/tokens/${row!.id}/rotate`)));
      await second.get('/Users').expect(200);
      await directory.get('/Users').expect(200);
      expect((await press(`/scim/tokens/${row!.id}/revoke`)).text).toContain('Its next request is refused');
      await directory.get('/Users').expect(401);
    });
  });

  describe('SCIM, when a directory deactivates many at once', () => {
    it.each([
      ['approve', false],
      ['reject', true],
    ])('lets an admin %s', async (decision, stay) => {
      await service.sql(
        `update workspace_policies set scim_mass_change_members = 1, scim_mass_change_percent = 1 where workspace_id = $1`,
        [workspace.id],
      );
      const { token } = await issueScimToken(service, workspace.admin);
      const directory = new ScimClient(service, token);
      const users = [await directory.create(), await directory.create(), await directory.create()];
      // Who came a moment ago is nobody's loss.
      await service.sql(
        `update members set created_at = now() - interval '30 days' where workspace_id = $1`,
        [workspace.id],
      );
      for (const { id } of users)
        await directory.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });

      const page = await open('/scim');
      expect(page.text).toContain('Waits for you');
      expect(page.text).toContain(users[2]!.userName);
      const [hold] = await service.sql<{ id: string }>('select id from scim_holds where workspace_id = $1', [
        workspace.id,
      ]);
      const after = await press(`/scim/holds/${hold!.id}`, { decision });
      expect(after.text).not.toContain('Waits for you');
      expect((await directory.get(`/Users/${users[2]!.id}`)).body.active).toBe(stay);
    });
  });

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
      expect((await press(`/api-keys/${row!.id}`, { how: 'revoke' })).text).toContain(
        'No key works at present',
      );
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
      expect((await open('/audit?text=no-such-thing')).text).toContain('Nothing fits');
      expect((await found.follow('CSV')).text).toContain('auth.role_escalated');
      expect((await open('/audit?risk=huge')).status).toBe(400);
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

    it('refuses to refuse passwords before everything is ready, and names what is not', async () => {
      const form = { enforced: 'on', breakGlass: workspace.admin.memberId, jit: 'on', jitRole: 'viewer' };
      const page = await press('/settings/single-sign-on', form);
      expect([page.status, page.text.includes('Not everything is ready')]).toEqual([409, true]);
      expect(page.text).toContain('Activate a connection to your identity provider.');
    });
  });
});
