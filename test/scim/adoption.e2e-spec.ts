import { domainToASCII } from 'node:url';
import { startApp, type TestApp, type TestPerson } from '../support/app';
import { ENTERPRISE, expectScimError, scimWorkspace, type ScimWorkspace, USER } from '../support/scim-client';

describe('People who were there before the directory', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
  });

  const verify = (domain: string) =>
    app.sql(
      `with d as (insert into domains (workspace_id, domain, token, status, verified_at)
                  values ($1, $2, 't', 'verified', now()) returning id)
       insert into verified_domains (domain, workspace_id, domain_id) select $2, $1, id from d`,
      [workspace.id, domain],
    );
  const rowOf = async (memberId: string) => {
    const [row] = await app.sql(
      `select m.user_id, m.source, m.role, m.email, m.display_name, m.external_id, u.email as user_email,
              u.name as user_name, u.email_claimed
         from members m join users u on u.id = m.user_id where m.id = $1`,
      [memberId],
    );
    return row!;
  };
  const membersWith = (email: string) =>
    app.sql<{ id: string }>('select id from members where workspace_id = $1 and email = $2', [
      workspace.id,
      email,
    ]);
  /** As connectors do it: create, be told that there is somebody, look for them, link and write. */
  const adopt = async ({ memberId, email }: TestPerson, more: object = {}) => {
    const resource = {
      schemas: [USER],
      userName: email,
      externalId: '00u7',
      displayName: 'By Directory',
      ...more,
    };
    expectScimError(await workspace.scim.post('/Users', resource), 409, 'uniqueness');
    const { body: found } = await workspace.scim.find(`userName eq "${email}"`).expect(200);
    expect(found).toMatchObject({ totalResults: 1, Resources: [{ id: memberId }] });
    return (await workspace.scim.put(`/Users/${memberId}`, resource).expect(200)).body as object;
  };

  it('are one with the directory’s people, whatever spaces it leaves around an address', async () => {
    const domain = `${workspace.slug}.example`;
    await verify(domain);
    const elsewhere = await app.workspace();
    const known = await app.member(elsewhere, 'viewer', { email: `ada@${domain}` });
    const emails = [{ value: ` Ada@${domain} ` }];
    const created = await workspace.scim.create({ userName: 'ada', emails });
    expect(created.emails).toEqual(emails);
    expect(await rowOf(created.id)).toMatchObject({ user_id: known.userId, email: `ada@${domain}` });
    for (const address of [` ada@${domain} `, `ada@${domain}`]) {
      const { body } = await workspace.scim.find(`emails.value eq "${address}"`).expect(200);
      expect(body.totalResults).toBe(address.startsWith(' ') ? 1 : 0);
    }
  });

  it('are one with the directory’s people, whichever way the domain of an address is written', async () => {
    const unicode = `bücher-${workspace.slug}.example`;
    const ascii = domainToASCII(unicode);
    await verify(ascii);
    const elsewhere = await app.workspace();
    const known = await app.member(elsewhere, 'viewer', { email: `ada@${ascii}` });
    const created = await workspace.scim.create({ userName: 'ada', emails: [{ value: `Ada@${unicode}` }] });
    expect(created.emails).toEqual([{ value: `Ada@${unicode}` }]);
    expect(await rowOf(created.id)).toMatchObject({ user_id: known.userId, email: `ada@${ascii}` });
    expectScimError(
      await workspace.scim.post('/Users', {
        schemas: [USER],
        userName: 'eve',
        emails: [{ value: `ada@${ascii}` }],
      }),
      409,
      'uniqueness',
    );
    for (const address of [unicode, ascii].map((domain) => `ada@${domain}`)) {
      const { body } = await workspace.scim.find(`emails.value eq "${address}"`).expect(200);
      expect(body.totalResults).toBe(address.endsWith(unicode) ? 1 : 0);
    }
  });

  it('are adopted as they are: the directory writes their profile here and nothing of the person behind', async () => {
    const person = await app.member(workspace, 'editor', { approver: true });
    await app.sql(`update members set source = 'jit' where id = $1`, [person.memberId]);
    const before = await rowOf(person.memberId);
    expect(await adopt(person)).toMatchObject({ id: person.memberId, displayName: 'By Directory' });
    expect(await rowOf(person.memberId)).toEqual({
      ...before,
      display_name: 'By Directory',
      external_id: '00u7',
    });
    expect(await membersWith(person.email)).toHaveLength(1);
    await app.http(person.accessToken).get('/v1/auth/me').expect(200);
    await app.signIn(person.email, workspace.slug);
  });

  it('keep what was given to them by hand: no rule of the directory takes the founder the role', async () => {
    await admin
      .put('/v1/role-mappings')
      .send({ rules: [{ source: 'department', value: 'Sales', role: 'viewer' }] })
      .expect(200);
    await app.member(workspace, 'admin');
    await adopt(workspace.admin, { [ENTERPRISE]: { department: 'Sales' } });
    expect(await rowOf(workspace.admin.memberId)).toMatchObject({ role: 'admin', source: 'founder' });
    const { body } = await admin.get(`/v1/members/${workspace.admin.memberId}/access`).expect(200);
    const grants = body.grants as { origin: string; kind: string; role: string; decides: boolean }[];
    expect(grants).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ origin: 'founding', kind: 'manual', role: 'admin', decides: true }),
        expect.objectContaining({ origin: 'rules', role: 'viewer', decides: false }),
      ]),
    );
  });

  it.each([
    ['verified', true],
    ['failing, in its grace', true],
    ['failing, and its grace is over', false],
    ['not there', false],
  ])(
    'as invited, and not there yet, are one member once the directory makes them (the domain is %s)',
    async (standing, verified) => {
      const domain = `${workspace.slug}.example`;
      if (standing !== 'not there') await verify(domain);
      if (standing.startsWith('failing'))
        await app.sql(
          `update domains set status = 'failing', grace_until = now() + make_interval(days => $2) where domain = $1`,
          [domain, verified ? 1 : -1],
        );
      const email = `ada@${domain}`;
      await admin.post('/v1/invitations').send({ email, role: 'editor' }).expect(201);
      const { id } = await workspace.scim.create({ userName: email });
      expect(await membersWith(email)).toEqual([{ id }]);
      expect(await rowOf(id)).toMatchObject({ source: 'scim', role: 'viewer', email_claimed: verified });
      const again = await admin.post('/v1/invitations').send({ email, role: 'editor' }).expect(409);
      expect(again.body.code).toBe('already_member');

      // Where rules give roles people are added in another way, which asks the same of the domain.
      await admin
        .put('/v1/role-mappings')
        .send({ rules: [{ source: 'department', value: 'Sales', role: 'editor' }] })
        .expect(200);
      const { id: second } = await workspace.scim.create({ userName: `eve@${domain}` });
      expect(await rowOf(second)).toMatchObject({ source: 'scim', email_claimed: verified });
    },
  );

  it('are not moved to another person by an address of a domain that the workspace does not own', async () => {
    const elsewhere = await app.workspace();
    const stranger = await app.member(elsewhere, 'admin');
    const person = await app.member(workspace, 'viewer');
    const before = await rowOf(person.memberId);
    await workspace.scim
      .patch(`/Users/${person.memberId}`, {
        op: 'replace',
        value: { userName: stranger.email, emails: [{ value: stranger.email, primary: true }] },
      })
      .expect(200);
    const after = await rowOf(person.memberId);
    expect(after).toMatchObject({ email: stranger.email, user_id: before.user_id, user_email: person.email });
    expect(after.user_id).not.toBe(stranger.userId);
    const { body } = await app.http(stranger.accessToken).get('/v1/workspaces').expect(200);
    expect((body.data as { id: string }[]).map(({ id }) => id)).toEqual([elsewhere.id]);
  });
});
