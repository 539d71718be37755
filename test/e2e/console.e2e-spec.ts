import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signingKey } from '../support/certificates';
import { mailsTo } from '../support/outbox';
import { signInOnPages } from '../support/page-sign-in';
import { issueScimToken, ScimClient } from '../support/scim-client';

const CERTIFICATE = signingKey().certificate;

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

  it('leads from its first page to every section, and from each to every other', async () => {
    for (const label of [
      'Members',
      'Single sign-on',
      'Roles by group',
      'SCIM',
      'API keys',
      'Audit log',
      'Audit streams',
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
    it('gives nobody a role back, by a page from before, that somebody else has taken', async () => {
      const { memberId } = await service.member(workspace, 'admin');
      const seenOn = ({ text }: Page) =>
        new RegExp(`action="/console/members/${memberId}"[^]*?name="seen" value="([^"]+)"`).exec(text)![1]!;
      const seen = seenOn(await open('/members'));
      await press(`/members/${memberId}`, { role: 'viewer', seen });
      const late = await press(`/members/${memberId}`, { role: 'admin', approver: 'on', seen });
      expect([late.status, late.text.includes('It is “viewer” now.')]).toEqual([409, true]);
      const roleNow = async () =>
        (await service.http(workspace.admin.accessToken).get(`/v1/members/${memberId}`)).body.role as string;
      expect(await roleNow()).toBe('viewer');
      expect((await press(`/members/${memberId}`, { role: 'admin', seen: seenOn(late) })).status).toBe(200);
      expect(await roleNow()).toBe('admin');
      await press(`/members/${memberId}/remove`);
    });

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
      expect((await press(`/members/${viewer.memberId}/restore`)).text).toContain(
        'Restored, with the role they had.',
      );
      expect(await events('workspace.member_restored')).toHaveLength(1);
    });

    it('does not remove the last admin, and says why', async () => {
      const page = await press(`/members/${workspace.admin.memberId}/remove`);
      expect([page.status, page.text.includes('keeps at least one admin')]).toEqual([409, true]);
      expect((await page.follow('Back to Members')).text).toContain(workspace.admin.email);
    });

    it('finds people by the beginning of an address, and says when nobody matches', async () => {
      expect(
        (await open(`/members?search=${encodeURIComponent(viewer.email.slice(0, 8).toUpperCase())}`)).text,
      ).toContain(viewer.email);
      expect((await open('/members?search=nobody-is')).text).toContain('Nobody here matches');
    });

    it('finds all of a role among however many, and looks for a name among those', async () => {
      const admins = await (await open('/members')).follow('1 admin');
      const named = (email: string) => new RegExp(`<strong\\s*><a [^>]*>${email}</a`);
      expect(admins.text).toMatch(named(workspace.admin.email));
      expect(admins.text).not.toMatch(named(viewer.email));
      const found = await admins.submit({ search: viewer.email.slice(0, 8) });
      expect([found.url.searchParams.get('role'), found.text.includes('Nobody here matches')]).toEqual([
        'admin',
        true,
      ]);
      expect((await found.follow('All members')).text).toContain(viewer.email);
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
      const setUp = await open(here);
      expect([setUp.status, setUp.text.includes(`/sso/saml/${connection!.id}/acs`)]).toEqual([200, true]);
      // Nothing ends that somebody else was to use.
      expect((await open('/sso')).text).not.toContain('A setup link of');
      expect((await press(`${here}/test`)).status).toBe(409);
      expect((await press(`${here}/activate`)).status).toBe(409);
      const offered = async () => (await open('/sso')).text.match(/action="[^"]*\/(test|activate)"/g);
      expect(await offered()).toBeNull();
      expect((await open('/sso')).text).toContain('Next: set it up');
      const typed = { entityId: 'urn:idp', ssoUrl: 'https://idp.example/sso', certificate: CERTIFICATE };
      await press(`${here}/set-up/entityId`, typed);
      expect(await offered()).toEqual([expect.stringContaining('/test')]);
      expect((await open('/sso')).text).toContain('Not in use. Next: pass a test sign-in, then activate it.');
      await service.sql(
        'update connection_revisions set tested_at = now() where connection_id = $1 and number = 2',
        [connection!.id],
      );
      expect(await offered()).toEqual([
        expect.stringContaining('/test'),
        expect.stringContaining('/activate'),
      ]);
      expect((await press(`${here}/links`, { contactEmail: 'it@acme.test' })).text).toContain('on its way');
      expect((await press(`${here}/delete`)).text).toContain('None yet. Create one');
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
      for (const text of ['ada-7', 'Account conflicts', 'failing.example']) expect(page.text).toContain(text);
      const [connection] = await service.sql<{ id: string }>(
        'select id from sso_connections where workspace_id = $1',
        [workspace.id],
      );
      await press(`/sso/connections/${connection!.id}/links`, { contactEmail: 'it@acme.test' });
      // What belongs to a connection is looked after on the page of that.
      expect((await open('/sso')).text).toMatch(
        new RegExp(
          `<a href="/console/sso/connections/${connection!.id}">Acme</a></strong>\\s*<span[^>]*>notice`,
        ),
      );
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
      const typed = { metadataUrl: 'https://idp.example/metadata' };
      for (const deed of ['set-up/metadataUrl', 'test', 'activate', 'disable', 'delete'])
        expect([deed, (await press(`/sso/connections/${body.id}/${deed}`, typed)).status]).toEqual([
          deed,
          404,
        ]);
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
      expect((await open('/role-mappings')).text).toMatch(/name="value"[^>]*value="Engineering"/);
    });

    it('names those first who would lose, of more than it has room for', async () => {
      await service.sql(
        `with u as (insert into users (email, email_claimed)
                    select 'crowd-' || n || '@acme.test', false from generate_series(0, 120) n returning id, email)
         insert into members (workspace_id, user_id, email, user_name, role, department, source)
         select $1, id, email, email, case email when 'crowd-120@acme.test' then 'editor' else 'viewer' end,
                case email when 'crowd-120@acme.test' then 'Sales' else 'Engineering' end, 'jit'
           from u order by email = 'crowd-120@acme.test'`,
        [workspace.id],
      );
      const { text } = await table(
        'preview',
        ['1', 'department', 'Engineering', 'editor'],
        ['2', 'department', 'Sales', 'viewer'],
      );
      expect(text.replace(/\s+/g, ' ')).toMatch(/120 would gain and 1 would lose.*and 21 more/);
      const named = [...text.matchAll(/(crowd-\d+)@acme\.test: /g)].map(([, name]) => name);
      expect([named.length, named[0]]).toEqual([100, 'crowd-120']);
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

    it('says of a token that it ends soon or has expired, and lets that one go', async () => {
      const ids: string[] = [];
      for (const [name, days] of [
        ['Soon', 3],
        ['Over', -2],
      ] as const) {
        const { id } = await issueScimToken(service, workspace.admin, { name });
        await service.sql(
          'update scim_tokens set expires_at = now() + make_interval(days => $2) where id = $1',
          [id, days],
        );
        ids.push(id);
      }
      const row = async (name: string) =>
        new RegExp(`<strong>${name}</strong>([^]*?)</li>`).exec((await open('/scim')).text)?.[1] ?? '';
      expect(await row('Soon')).toContain('ends in 3 days');
      expect(await row('Over')).toContain('>expired<');
      expect(await row('Over')).not.toContain('/rotate');
      expect((await open('/scim')).text).not.toContain('No token or client is valid');
      const urgent = await open('/sso');
      expect(urgent.text).toContain('<a href="/console/scim">Over</a>');
      await press(`/scim/tokens/${ids[1]}/revoke`);
      expect(await row('Over')).toBe('');
      expect((await open('/sso')).text).not.toContain('Over');
      await press(`/scim/tokens/${ids[0]}/revoke`);
      expect((await open('/scim')).text).toContain('No token or client is valid');
    });

    it('says once why a directory was refused', async () => {
      const { token } = await issueScimToken(service, workspace.admin, { name: 'Okta' });
      const directory = new ScimClient(service, token);
      const { userName } = await directory.create();
      await directory.create({ userName }).catch(() => undefined);
      const { text } = await open('/scim');
      expect(text.match(/Somebody in this workspace has this userName already/g)).toHaveLength(1);
    });
  });
});
