import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';
import { certificateUntil, idpMetadata } from '../support/provider-site';

describe('What the console offers for names that nobody knows by heart', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let browser: Browser;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
  });

  const mappings = () => new URL(`${service.baseUrl}/console/role-mappings`);
  /** The first rule, tried with somebody. */
  const preview = (rule: Record<string, string>, somebody: Record<string, string>): Promise<Page> => {
    const row = { place: '1', source: 'idp_group', role: 'editor', connection: '', ...rule };
    const form = new URLSearchParams({ ...row, ...somebody, how: 'preview' });
    return browser.navigate({ method: 'POST', url: mappings(), from: mappings(), form }, {});
  };
  const plain = ({ text }: Page): string =>
    text.replace(/<style>[^]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  const offered = ({ text }: Page, id: string): string[] => {
    const list = new RegExp(`<datalist id="${id}">([^]*?)</datalist>`).exec(text)![1]!;
    return [...list.matchAll(/<option value="([^"]*)">\s*([^<]*?)\s*<\/option>/g)].map(
      ([, value, says]) => `${value}${says ? `: ${says}` : ''}`,
    );
  };
  const connection = async (): Promise<string> => {
    const saml = { metadataXml: idpMetadata(await certificateUntil('2040')) };
    const { body } = await service
      .http(workspace.admin.accessToken)
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme', saml })
      .expect(201);
    return body.id as string;
  };

  it('rules by group: groups of the directory and of sign-ins, and departments, that somebody has', async () => {
    const id = await connection();
    await service.sql(
      `insert into directory_groups (workspace_id, display_name) values ($1, 'Engineering')`,
      [workspace.id],
    );
    await service.sql(`update members set department = 'Research' where id = $1`, [workspace.admin.memberId]);
    await service.sql(
      `insert into identities (workspace_id, connection_id, issuer, subject, member_id, groups)
       values ($1, $2, 'https://idp.test', 'ada', $3, '{Engineering,eng-admins}')`,
      [workspace.id, id, workspace.admin.memberId],
    );
    const page = await browser.open(mappings().href);
    expect(offered(page, 'known')).toEqual([
      'eng-admins: group at sign-in',
      'Engineering: group at sign-in, group by SCIM',
      'Research: department',
    ]);
    expect(page.text).toMatch(/<input\s+id="value-0"[^>]*list="known"/);
  });

  it('rules by group: nothing of another workspace', async () => {
    const other = await service.workspace();
    await service.sql(`insert into directory_groups (workspace_id, display_name) values ($1, 'Theirs')`, [
      other.id,
    ]);
    expect(offered(await browser.open(mappings().href), 'known')).toEqual([]);
  });

  it('rules by group can be tried with somebody who is not here yet, before they are saved', async () => {
    const rule = { value: 'CN=Eng, OU=Groups' };
    const tried = await preview(rule, { tryGroups: 'Other\r\nCN=Eng, OU=Groups\r\n', tryDepartment: '' });
    expect(plain(tried)).toContain('The one you try it with would be editor by rule 1.');
    expect(tried.text).toMatch(/<details open>\s*<summary>Try the rules with somebody/);
    expect(tried.text).toContain('Other\nCN=Eng, OU=Groups</textarea>');

    const byDepartment = await preview(
      { source: 'department', value: 'Sales', approver: '0' },
      { tryDepartment: 'sales' },
    );
    expect(plain(byDepartment)).toContain('would be editor by rule 1, and approver by rule 1.');
    expect(plain(await preview(rule, { tryGroups: 'Other' }))).toContain('would be viewer by no rule.');
    expect(plain(await preview(rule, {}))).not.toContain('The one you try it with');
  });

  it('say that somebody whom no rule matches would be refused, where the policy wants that', async () => {
    await service
      .http(workspace.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ sso: { jit: { requireMapping: true } } })
      .expect(200);
    const tried = await preview({ value: 'Engineering' }, { tryGroups: 'Other' });
    expect(plain(tried)).toContain('The one you try it with would be refused at a first sign-in.');
  });

  it('attributes of a person: what really came with the latest sign-ins', async () => {
    const id = await connection();
    const page = () => browser.open(`${service.baseUrl}/console/sso/connections/${id}`);
    expect(offered(await page(), 'came')).toEqual([]);
    await service.sql(
      `insert into login_attempts (workspace_id, connection_id, kind, status, revision, attributes)
       values ($1, $2, 'production', 'passed', 1, '{"mail": ["ada@acme.test"], "memberOf": ["a", "b"]}')`,
      [workspace.id, id],
    );
    const shown = await page();
    expect(offered(shown, 'came')).toEqual(['mail', 'memberOf']);
    expect(plain(shown)).toContain('What came with the latest sign-ins mail , memberOf');
    expect(shown.text).toMatch(/name="email"[^>]*list="came"/);
    expect(shown.text).not.toContain('ada@acme.test');
  });
});
