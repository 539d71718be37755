import { startApp, type TestApp } from '../support/app';
import {
  expectScimError,
  PATCH_OP,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

const MEMBER = 'urn:gatehouse:params:scim:schemas:extension:member:2.0:User';

/** `scim.directorySetsRole` of the policy: the highest role a directory may write, off by default. */
describe('A directory that writes roles', () => {
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

  const allow = (directorySetsRole: string) =>
    admin.patch('/v1/workspace/policy').send({ scim: { directorySetsRole } }).expect(200);
  const set = (id: string, part: 'role' | 'approver', value: unknown) =>
    workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: `${MEMBER}:${part}`, value });
  const held = async (id: string) => {
    const { body } = await admin.get(`/v1/members/${id}`).expect(200);
    return { role: body.role as string, approver: body.approver as boolean };
  };
  const accessOf = async (id: string) =>
    (await admin.get(`/v1/members/${id}/access`).expect(200)).body as {
      explanation: string;
      grants: { kind: string; origin: string; role: string | null; approver: boolean | null }[];
    };
  const mutability = async () => {
    const { body } = await workspace.scim.get(`/Schemas/${MEMBER}`).expect(200);
    return (body.attributes as { mutability: string }[]).map((attribute) => attribute.mutability);
  };

  it('may not, unless the workspace says so, and /Schemas says which it is', async () => {
    expect(await mutability()).toEqual(['readOnly', 'readOnly']);
    const { id } = await workspace.scim.create({ [MEMBER]: { role: 'admin' }, roles: [{ value: 'admin' }] });
    expect(await held(id)).toEqual({ role: 'viewer', approver: false });
    expect((await set(id, 'role', 'editor')).body).toMatchObject({ status: '400', scimType: 'mutability' });
    await allow('editor');
    expect(await mutability()).toEqual(['readWrite', 'readWrite']);
    const { body } = await admin.get('/v1/workspace/policy').expect(200);
    expect(body.scim.directorySetsRole).toBe('editor');
  });

  it.each<[string, object]>([
    ['as an object', { [MEMBER]: { role: 'editor' } }],
    ['under its whole name', { [`${MEMBER}:role`]: 'editor' }],
    ['among others', { displayName: 'Renamed', [`${MEMBER}:approver`]: true }],
  ])('is told so where a PATCH without a path says it %s, and nothing of it is done', async (_, value) => {
    const { id } = await workspace.scim.create({ displayName: 'Ada' });
    const refused = await workspace.scim.patch(`/Users/${id}`, { op: 'replace', value });
    expectScimError(refused, 400, 'mutability');
    expect(await held(id)).toEqual({ role: 'viewer', approver: false });
    const { body } = await workspace.scim.get(`/Users/${id}`).expect(200);
    expect(body.displayName).toBe('Ada');
  });

  it('may send back what it read all the same', async () => {
    const { id } = await workspace.scim.create();
    const { body: read } = await workspace.scim
      .get(`/Users/${id}?attributes=id,userName,groups,meta,${MEMBER}`)
      .expect(200);
    const { body } = await workspace.scim
      .patch(`/Users/${id}`, { op: 'replace', value: { ...read, title: 'Engineer' } })
      .expect(200);
    expect(body.title).toBe('Engineer');
    await workspace.scim.put(`/Users/${id}`, { ...read, [MEMBER]: { role: 'editor' } }).expect(200);
    expect(await held(id)).toEqual({ role: 'viewer', approver: false });
  });

  it('makes a grant of its own, one among others, and it counts at once', async () => {
    await allow('editor');
    const { id } = await workspace.scim.create({ [MEMBER]: { role: 'editor', approver: true } });
    expect(await held(id)).toEqual({ role: 'editor', approver: true });
    const joined = await app.auditEvents(workspace.id, 'workspace.member_joined');
    expect(joined.at(-1)!.data).toMatchObject({ role: 'editor' });
    const { grants, explanation } = await accessOf(id);
    expect(grants).toMatchObject([{ kind: 'scim', origin: 'directory', role: 'editor', approver: true }]);
    expect(explanation).toMatch(/because the directory set it/);

    const { body } = await set(id, 'role', 'viewer').expect(200);
    expect(body.id).toBe(id);
    expect(await held(id)).toEqual({ role: 'viewer', approver: true });
    const shown = await workspace.scim.get(`/Users/${id}?attributes=${MEMBER}`).expect(200);
    expect(shown.body[MEMBER]).toEqual({ role: 'viewer', approver: true });
    expect((await app.auditEvents(workspace.id, 'scim.user_updated')).at(-1)!.data).toMatchObject({
      changes: { [MEMBER]: { before: { role: 'editor' }, after: { role: 'viewer' } } },
    });
    expect((await app.auditEvents(workspace.id, 'workspace.member_updated')).at(-1)).toMatchObject({
      actor_type: 'scim',
      data: { before: { role: 'editor' }, after: { role: 'viewer' }, because: 'directory' },
    });
    const before = (await app.auditEvents(workspace.id)).length;
    await set(id, 'role', 'viewer').expect(200);
    expect(await app.auditEvents(workspace.id)).toHaveLength(before);

    // What it no longer says is as if it had never been said.
    await workspace.scim.patch(`/Users/${id}`, { op: 'remove', path: MEMBER }).expect(200);
    expect(await held(id)).toEqual({ role: 'viewer', approver: false });
    expect((await accessOf(id)).grants).toMatchObject([{ kind: 'default', origin: 'directory' }]);
  });

  it('never gives more than the policy names, which is not admin unless it says admin', async () => {
    await allow('editor');
    const { id } = await workspace.scim.create();
    expect((await set(id, 'role', 'admin')).body).toMatchObject({ status: '403' });
    await workspace.scim
      .post('/Users', { schemas: [USER], userName: 'root', [MEMBER]: { role: 'Admin' } })
      .expect(403);
    expect((await set(id, 'role', 'owner')).body).toMatchObject({ status: '400', scimType: 'invalidValue' });
    expect(await held(id)).toEqual({ role: 'viewer', approver: false });
    expect(await app.auditEvents(workspace.id, 'auth.role_escalated')).toEqual([]);

    await allow('admin');
    await set(id, 'role', 'admin').expect(200);
    expect(await held(id)).toEqual({ role: 'admin', approver: false });
    expect(await app.auditEvents(workspace.id, 'auth.role_escalated')).toMatchObject([
      { risk: 'high', actor_type: 'scim', target_id: id, data: { after: { role: 'admin' } } },
    ]);
  });

  it('is refused where somebody else decides, and for whom it does not look after', async () => {
    await allow('admin');
    const { id } = await workspace.scim.create();
    await admin.patch(`/v1/members/${id}`).send({ role: 'editor' }).expect(200);
    const refused = await set(id, 'role', 'viewer');
    expect(refused.body).toMatchObject({
      status: '409',
      detail: expect.stringMatching(/stays editor.*by hand/) as string,
    });
    expect((await accessOf(id)).grants.map(({ kind }) => kind)).not.toContain('scim');

    const invited = await app.member(workspace, 'editor');
    expect((await set(invited.memberId, 'role', 'admin')).body).toMatchObject({ scimType: 'mutability' });
    const adopt = { op: 'replace', path: 'externalId', value: '00u7' };
    await workspace.scim.patch(`/Users/${invited.memberId}`, adopt).expect(200);
    await set(invited.memberId, 'role', 'admin').expect(200);
    expect((await set(invited.memberId, 'role', 'viewer')).body).toMatchObject({ status: '409' });
    expect(await held(invited.memberId)).toEqual({ role: 'admin', approver: false });
  });

  it('keeps the last admin', async () => {
    await allow('admin');
    const { id } = await workspace.scim.create({ [MEMBER]: { role: 'admin' } });
    await app.sql(`update members set removed_at = now() where id = $1`, [workspace.admin.memberId]);
    expect((await set(id, 'role', 'viewer')).body).toMatchObject({ status: '409' });
    const [row] = await app.sql<{ role: string }>('select role from members where id = $1', [id]);
    expect(row!.role).toBe('admin');
  });

  it('leaves everything as it is when a PUT says nothing of it, or echoes what is there', async () => {
    await allow('editor');
    const user = await workspace.scim.create({ [MEMBER]: { role: 'editor', approver: true } });
    const { [MEMBER]: _, ...silent } = user as ScimUser & Record<string, unknown>;
    await workspace.scim.put(`/Users/${user.id}`, { ...silent, title: 'Dr' }).expect(200);
    expect(await held(user.id)).toEqual({ role: 'editor', approver: true });
    const path = `/Users/${workspace.admin.memberId}`;
    const { body } = await workspace.scim.get(`${path}?attributes=userName,emails,${MEMBER}`).expect(200);
    expect(body[MEMBER].role).toBe('admin');
    await workspace.scim.put(path, { ...body, title: 'Head' }).expect(200);
    expect(await held(workspace.admin.memberId)).toEqual({ role: 'admin', approver: false });
  });

  describe('as Entra does, in roles', () => {
    it.each<[string, Record<string, unknown>]>([
      [
        'SingleAppRoleAssignment',
        { roles: [{ primary: true, type: 'WindowsAzureActiveDirectoryRole', value: 'Editor' }] },
      ],
      [
        'AppRoleAssignmentsComplex',
        { roles: [{ value: 'approver' }, { value: 'viewer' }, { value: 'EDITOR' }, { value: 'x' }] },
      ],
      ['a list of names', { roles: ['editor', 'billing'] }],
    ])('%s on creation', async (_, fields) => {
      await allow('editor');
      const { id } = await workspace.scim.create(fields);
      expect((await held(id)).role).toBe('editor');
    });

    it('by PATCH, in the forms it knows, and takes it back', async () => {
      await allow('editor');
      const { id } = await workspace.scim.create();
      const patch = (...Operations: object[]) =>
        workspace.scim.patchRaw(`/Users/${id}`, { schemas: [PATCH_OP], Operations });
      await patch({ op: 'Add', path: 'roles[primary eq "True"].value', value: 'Editor' }).expect(200);
      expect(await held(id)).toEqual({ role: 'editor', approver: false });
      await patch({
        op: 'Replace',
        path: 'roles',
        value: '{"id":"7","value":"Viewer","primary":true}',
      }).expect(200);
      expect(await held(id)).toEqual({ role: 'viewer', approver: false });
      await patch({ op: 'Add', path: 'roles', value: [{ value: 'Approver', display: 'Approver' }] }).expect(
        200,
      );
      expect(await held(id)).toEqual({ role: 'viewer', approver: true });
      await patch({ op: 'Remove', path: 'roles' }).expect(200);
      expect(await held(id)).toEqual({ role: 'viewer', approver: false });
      await patch({ op: 'Add', path: 'roles[primary eq "True"].value', value: 'admin' }).expect(403);
    });

    it('also what it had said before it was let', async () => {
      const { id } = await workspace.scim.create({ roles: [{ value: 'editor', primary: true }] });
      expect((await held(id)).role).toBe('viewer');
      await allow('editor');
      await workspace.scim
        .patch(`/Users/${id}`, { op: 'replace', path: 'roles', value: [{ value: 'editor', primary: true }] })
        .expect(200);
      expect((await held(id)).role).toBe('editor');
    });
  });

  it('is previewed with what would come of it', async () => {
    await allow('admin');
    const { id } = await workspace.scim.create({ displayName: 'Ada' });
    const body = { Operations: [{ op: 'replace', path: `${MEMBER}:role`, value: 'admin' }] };
    const { body: preview } = await admin
      .post('/v1/scim/preview')
      .send({ method: 'PATCH', path: `/Users/${id}`, body })
      .expect(200);
    expect(preview).toMatchObject({
      status: 200,
      roles: [{ memberId: id, before: 'viewer', after: 'admin' }],
    });
    expect(preview.effects).toContain('Ada becomes admin, no longer viewer.');
    expect((await held(id)).role).toBe('viewer');
  });
});
