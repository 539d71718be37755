import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { scimWorkspace } from '../support/scim-client';

interface Decision {
  decision: boolean;
  context: { reason?: string; error?: { status: number; message: string } };
}

/** The OpenID AuthZEN Authorization API 1.0. */
describe('The evaluation API', () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let editor: TestPerson;
  let viewer: TestPerson;

  beforeAll(async () => {
    app = await startApp();
    workspace = await app.workspace();
    editor = await app.member(workspace, 'editor', { approver: true });
    viewer = await app.member(workspace, 'viewer');
  });
  afterAll(() => app?.close());

  const RUN = { type: 'run', id: '42' };
  const question = (subject: object, name: string, resource: object = RUN) => ({
    subject,
    action: { name },
    resource,
  });
  const member = (person: { memberId: string }) => ({ type: 'member', id: person.memberId });
  const ask = async (body: object, by: TestPerson = workspace.admin) =>
    (await app.http(by.accessToken).post('/access/v1/evaluation').send(body).expect(200)).body as Decision;
  const askMany = async (body: object) =>
    (await app.http(workspace.admin.accessToken).post('/access/v1/evaluations').send(body).expect(200))
      .body as {
      evaluations: Decision[];
    };
  const held = { decision: true, context: { reason: 'permission_held' } };
  const missing = { decision: false, context: { reason: 'permission_missing' } };
  const unknown = { decision: false, context: { reason: 'subject_unknown' } };
  const makeKey = async (...scopes: string[]) =>
    (await app.http(workspace.admin.accessToken).post('/v1/api-keys').send({ name: 'k', scopes }).expect(201))
      .body as { id: string; key: string };

  it('is where the well-known document says', async () => {
    const { body } = await app.http().get('/.well-known/authzen-configuration').expect(200);
    expect(body).toEqual({
      policy_decision_point: app.config.publicUrl,
      access_evaluation_endpoint: `${app.config.publicUrl}/access/v1/evaluation`,
      access_evaluations_endpoint: `${app.config.publicUrl}/access/v1/evaluations`,
    });
  });

  it('answers by role and group for members and users, by scopes for API keys, as of this moment', async () => {
    expect(await ask(question(member(editor), 'runs:write'))).toEqual(held);
    expect(
      await ask(question({ type: 'user', id: editor.userId.toUpperCase() }, 'approvals:decide')),
    ).toEqual(held);
    expect(await ask(question(member(viewer), 'runs:write'))).toEqual(missing);
    expect(await ask(question(member(workspace.admin), 'approvals:decide'))).toEqual(missing);
    const { id } = await makeKey('runs:read');
    expect(await ask(question({ type: 'api_key', id }, 'runs:read'))).toEqual(held);
    expect(await ask(question({ type: 'api_key', id }, 'runs:write'))).toEqual(missing);

    const admin = app.http(workspace.admin.accessToken);
    await admin.patch(`/v1/members/${viewer.memberId}`).send({ role: 'editor' }).expect(200);
    expect(await ask(question(member(viewer), 'runs:write'))).toEqual(held);
    await admin.patch(`/v1/members/${viewer.memberId}`).send({ role: 'viewer' }).expect(200);
    expect(await ask(question(member(viewer), 'runs:write'))).toEqual(missing);
    const asked = question({ type: 'api_key', id }, 'runs:read');
    await app.sql(`update api_keys set expires_at = now() where id = $1`, [id]);
    expect(await ask(asked)).toEqual(unknown);
    await app.sql(`update api_keys set expires_at = null where id = $1`, [id]);
    expect(await ask(asked)).toEqual(held);
    await admin.delete(`/v1/api-keys/${id}`).expect(204);
    expect(await ask(asked)).toEqual(unknown);
  });

  it('says of an API key that it may do no more than whoever made it', async () => {
    const maker = await app.member(workspace, 'admin');
    const { body: key } = await app
      .http(maker.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'k', scopes: ['runs:read', 'runs:write'] })
      .expect(201);
    const subject = { type: 'api_key', id: key.id as string };
    expect(await ask(question(subject, 'runs:write'))).toEqual(held);
    await app
      .http(workspace.admin.accessToken)
      .patch(`/v1/members/${maker.memberId}`)
      .send({ role: 'viewer' })
      .expect(200);
    expect(await ask(question(subject, 'runs:write'))).toEqual(missing);
    expect(await ask(question(subject, 'runs:read'))).toEqual(held);
  });

  it('says the same of whoever is unknown, foreign, removed or nobody at all', async () => {
    const elsewhere = await app.workspace();
    const gone = await app.member(workspace, 'editor');
    await app.http(workspace.admin.accessToken).delete(`/v1/members/${gone.memberId}`).expect(204);
    for (const subject of [
      member(gone),
      { type: 'user', id: gone.userId },
      member(elsewhere.admin),
      { type: 'user', id: elsewhere.admin.userId },
      { type: 'member', id: randomUUID() },
      { type: 'member', id: editor.userId },
      { type: 'member', id: "x' or 1=1" },
      { type: 'api_key', id: editor.memberId },
      { type: 'group', id: editor.memberId },
      { type: '__proto__', id: 'constructor' },
    ]) {
      expect({ subject, ...(await ask(question(subject, 'runs:read'))) }).toEqual({ subject, ...unknown });
    }
  });

  it('knows its own resources and actions, and takes those of the product as they come', async () => {
    const reasonOf = async (name: string, resource: object) =>
      (await ask(question(member(workspace.admin), name, resource))).context.reason;
    expect(await reasonOf('members:write', member(editor))).toBe('permission_held');
    for (const type of ['member', 'Member'])
      expect(await reasonOf('members:write', { type, id: randomUUID() })).toBe('resource_unknown');
    expect(await reasonOf('workspace:write', { type: 'workspace', id: workspace.id })).toBe(
      'permission_held',
    );
    expect(await reasonOf('workspace:write', { type: 'workspace', id: (await app.workspace()).id })).toBe(
      'resource_unknown',
    );
    expect(await reasonOf('can_fly', RUN)).toBe('action_unknown');
    expect(await reasonOf('toString', RUN)).toBe('action_unknown');
    const rich = {
      subject: { ...member(editor), properties: { department: 'R&D' } },
      action: { name: 'runs:write', properties: { soft: true } },
      resource: { ...RUN, properties: { owner: 'x' } },
      context: { time: '2026-01-01T00:00:00Z' },
    };
    expect(await ask(rich)).toEqual(held);
  });

  it('answers anybody about themselves, and about others those who may see members', async () => {
    expect(await ask(question(member(viewer), 'runs:read'), viewer)).toEqual(held);
    expect(await ask(question({ type: 'user', id: viewer.userId }, 'runs:write'), viewer)).toEqual(missing);
    for (const subject of [member(editor), { type: 'member', id: randomUUID() }]) {
      const refused = await app
        .http(viewer.accessToken)
        .post('/access/v1/evaluation')
        .send(question(subject, 'runs:read'))
        .expect(403);
      expect(refused.body.code).toBe('forbidden');
    }
    const both = [viewer, editor].map((person) => question(member(person), 'runs:read'));
    await app.http(viewer.accessToken).post('/access/v1/evaluations').send({ evaluations: both }).expect(403);
    const [self, reader] = [await makeKey('runs:read'), await makeKey('members:read')];
    const byKey = (key: string, subject: object) =>
      app.withKey(key).post('/access/v1/evaluation').send(question(subject, 'runs:read'));
    expect((await byKey(self.key, { type: 'api_key', id: self.id }).expect(200)).body).toEqual(held);
    expect((await byKey(self.key, member(editor)).expect(403)).body.code).toBe('insufficient_scope');
    expect((await byKey(reader.key, member(editor)).expect(200)).body).toEqual(held);
    await app
      .http()
      .post('/access/v1/evaluation')
      .send(question(member(editor), 'runs:read'))
      .expect(401);
    const { scim } = await scimWorkspace(app);
    await app
      .http(scim.token)
      .post('/access/v1/evaluation')
      .send(question(member(editor), 'runs:read'))
      .expect(403);
  });

  it('goes through lists as they ask', async () => {
    const list = {
      subject: member(editor),
      resource: RUN,
      evaluations: [
        { action: { name: 'runs:read' } },
        { action: { name: 'members:write' } },
        { action: { name: 'members:write' }, subject: member(workspace.admin) },
        { action: {} },
      ],
    };
    const decisions = async (evaluations_semantic?: string) =>
      (await askMany({ ...list, ...(evaluations_semantic && { options: { evaluations_semantic } }) }))
        .evaluations;
    const all = [
      held,
      missing,
      held,
      { decision: false, context: { error: { status: 400, message: 'name of action is text.' } } },
    ];
    expect(await decisions()).toEqual(all);
    expect(await decisions('execute_all')).toEqual(all);
    expect(await decisions('deny_on_first_deny')).toEqual(all.slice(0, 2));
    expect(await decisions('permit_on_first_permit')).toEqual(all.slice(0, 1));
    expect(await askMany({ ...list, evaluations: [], action: { name: 'runs:read' } })).toEqual(held);
    expect(await askMany(question(member(editor), 'runs:read'))).toEqual(held);
  });

  it.each([
    ['evaluation', '[]'],
    ['evaluation', {}],
    ['evaluation', { subject: { type: 'user' }, action: { name: 'runs:read' }, resource: RUN }],
    ['evaluation', { subject: { type: 'user', id: 7 }, action: { name: 'runs:read' }, resource: RUN }],
    ['evaluation', { subject: { type: 'user', id: 'x' }, action: 'runs:read', resource: RUN }],
    ['evaluations', { evaluations: {} }],
    ['evaluations', { evaluations: Array.from({ length: 501 }, () => ({})) }],
    ['evaluations', { evaluations: [{}], options: { evaluations_semantic: 'whatever' } }],
    ['evaluations', { evaluations: [{}], options: [] }],
  ])('refuses what is no question: %s %#', async (endpoint, body) => {
    const answer = await app
      .http(workspace.admin.accessToken)
      .post(`/access/v1/${endpoint}`)
      .set('content-type', 'application/json')
      .send(typeof body === 'string' ? body : JSON.stringify(body))
      .expect(400);
    expect(answer.body.code).toBe('validation_failed');
  });

  it('answers a request under the name it was given', async () => {
    const named = async (id: string) =>
      (
        await app
          .http(viewer.accessToken)
          .post('/access/v1/evaluation')
          .set('x-request-id', id)
          .send(question(member(viewer), 'runs:read'))
      ).headers['x-request-id'] as string;
    expect(await named('bfe9eb29-ab87-4ca3-be83-a1d5d8305716')).toBe('bfe9eb29-ab87-4ca3-be83-a1d5d8305716');
    expect(await named('x'.repeat(129))).not.toMatch(/^x/);
  });

  it('is asked by gateways that append the path of the request, with its method', async () => {
    const asked = (method: 'get' | 'post' | 'delete', permission: string, by: TestPerson) =>
      app.http(by.accessToken)[method](`/v1/auth/verify/for/${permission}/runs/1?permission=nothing&x=1`);
    const { headers } = await asked('post', 'runs:read', viewer).expect(200);
    expect(headers).toMatchObject({ 'x-workspace-id': workspace.id, 'x-role': 'viewer' });
    await asked('delete', 'any', viewer).expect(200);
    await asked('post', 'runs:write', viewer).expect(403);
    await asked('get', 'constructor', viewer).expect(403);
    await app.http().post('/v1/auth/verify/for/any/runs').expect(401);
    await app.http(viewer.accessToken).get('/v1/auth/verify/for/any/').expect(200);
  });

  it('is asked by gateways that hand on what the request says of its body, and perhaps the body', async () => {
    const ask = (headers: Record<string, string>, body?: string) =>
      app.http(viewer.accessToken).post('/v1/auth/verify/for/any/runs').set(headers).send(body);
    await ask({ 'content-type': 'application/xml', 'content-length': '0' }).expect(200);
    await ask({ 'content-type': 'application/xml' }, '<run/>').expect(200);
    await ask({ 'content-type': 'application/json', 'content-encoding': 'gzip' }, '{').expect(200);
    await ask({ 'content-type': 'text/plain' }, 'x'.repeat(1_200_000)).expect(200);
    await app
      .http(viewer.accessToken)
      .get('/v1/auth/verify')
      .set({ 'content-type': 'application/xml', 'content-encoding': 'gzip', 'idempotency-key': '' })
      .expect(204);
  });

  it('is asked by Envoy where its example says, and answers 200: all else Envoy takes for a refusal', async () => {
    const example = readFileSync('docs/gateways/envoy.yaml', 'utf8');
    const prefixes = [...example.matchAll(/path_prefix: (\S+)/g)].map(([, prefix]) => prefix!);
    expect(prefixes).toHaveLength(3);
    for (const prefix of prefixes) {
      const { text } = await app.http(workspace.admin.accessToken).put(`${prefix}/runs/1`).expect(200);
      expect(text).toBe('');
    }
    // Its reader of YAML knows no merging of maps, and refuses the name.
    expect(example).not.toMatch(/<<:/);
  });
});
