import { Client } from 'pg';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { mailsTo } from '../support/outbox';
import { verified } from '../support/review-verifier';
import { rounds } from '../support/rounds';

const DAY_MS = 86_400_000;

interface Item {
  id: string;
  memberId: string;
  email: string | null;
  facts: Record<string, unknown> & { grants: Record<string, unknown>[] };
  apiKeys: Record<string, unknown>[];
  decision: string | null;
  effect: string | null;
}

describe('An access review', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({ PUBLIC_URL: service.baseUrl }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const begin = async (body: object = {}): Promise<string> => {
    const answer = await admin
      .post('/v1/access-reviews')
      .send({ name: 'Fourth quarter', ...body })
      .expect(201);
    return answer.body.id as string;
  };
  const items = async (id: string, query: object = {}): Promise<Item[]> =>
    (await admin.get(`/v1/access-reviews/${id}/items`).query(query).expect(200)).body.data as Item[];
  const itemOf = async (id: string, { memberId }: { memberId: string }): Promise<Item> =>
    (await items(id)).find((item) => item.memberId === memberId)!;
  const decide = (id: string, item: string, body: object, by = admin) =>
    by.post(`/v1/access-reviews/${id}/items/${item}`).send(body);
  const complete = (id: string, body: object = { undecided: 'keep' }) =>
    admin.post(`/v1/access-reviews/${id}/complete`).send(body);
  const download = async (id: string, format: string): Promise<string> => {
    const { body } = await admin
      .get(`/v1/access-reviews/${id}/result`)
      .query({ format })
      .buffer(true)
      .parse(((response: NodeJS.ReadableStream, done: (failure: null, text: string) => void) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => done(null, text));
      }) as never)
      .expect(200);
    return body as string;
  };

  it('takes down who is in, with role, provenance, last use, factors and keys, as of its beginning', async () => {
    const editor = await service.member(workspace, 'editor', { approver: true });
    await enrol(service, editor.accessToken);
    const gone = await service.member(workspace, 'viewer');
    await admin.delete(`/v1/members/${gone.memberId}`).expect(204);
    // Begun, and never confirmed.
    await admin.post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
    const make = (name: string) => admin.post('/v1/api-keys').send({ name, scopes: ['runs:read'] });
    const [key, expired, revoked] = [
      await make('ci').expect(201),
      await make('over').expect(201),
      await make('taken back').expect(201),
    ];
    await admin.delete(`/v1/api-keys/${revoked.body.id as string}`).expect(204);
    await service.sql(`update api_keys set expires_at = now() where id = $1`, [expired.body.id]);

    const id = await begin();
    await admin.patch(`/v1/members/${editor.memberId}`).send({ role: 'viewer' }).expect(200);
    const { body } = await admin.get(`/v1/access-reviews/${id}`).expect(200);
    expect(body).toEqual({
      ...{ id, name: 'Fourth quarter', status: 'open', scope: {}, reviewers: [], dueAt: null },
      counts: { items: 2, open: 2, keep: 0, remove: 0 },
      createdBy: workspace.admin.memberId,
      createdAt: expect.stringMatching(/Z$/),
      ...{ completedBy: null, completedAt: null, cancelledBy: null, cancelledAt: null },
    });
    expect(await itemOf(id, editor)).toMatchObject({
      email: editor.email,
      facts: {
        ...{
          role: 'editor',
          approver: true,
          source: 'invitation',
          lastSeenAt: expect.any(String),
          factors: ['totp'],
        },
        grants: [{ kind: 'manual', role: 'editor' }],
      },
      ...{ apiKeys: [], groups: [], decision: null, decidedBy: null, note: null, effect: null },
    });
    expect(await itemOf(id, workspace.admin)).toMatchObject({
      facts: { factors: [] },
      apiKeys: [{ id: key.body.id, name: 'ci', scopes: ['runs:read'], lastUsedAt: null }],
    });
    expect((await admin.get('/v1/access-reviews').expect(200)).body.data).toMatchObject([{ id }]);
    expect(await service.auditEvents(workspace.id, 'access_review.created')).toMatchObject([
      { target_id: id },
    ]);
  });

  it('looks at those in its scope alone, and not at nobody', async () => {
    const [editor, silent] = [
      await service.member(workspace, 'editor'),
      await service.member(workspace, 'viewer'),
    ];
    const members = async (scope: object) =>
      (await items(await begin({ scope }))).map(({ memberId }) => memberId);
    expect(await members({ roles: ['editor'] })).toEqual([editor.memberId]);
    expect(await members({ sources: ['founder'] })).toEqual([workspace.admin.memberId]);
    const empty = await admin
      .post('/v1/access-reviews')
      .send({ name: 'x', scope: { notSeenForDays: 30 } })
      .expect(409);
    expect(empty.body.code).toBe('review_empty');
    const past = (statement: string, { memberId }: TestPerson) => service.sql(statement, [memberId]);
    await past(`update members set created_at = now() - interval '60 days' where id = $1`, editor);
    await past(`update sessions set last_used_at = now() - interval '40 days' where member_id = $1`, editor);
    expect(await members({ notSeenForDays: 30 })).toEqual([editor.memberId]);
    // Whoever never came counts from when they joined.
    await past('delete from sessions where member_id = $1', silent);
    expect(await members({ notSeenForDays: 30 })).toEqual([editor.memberId]);
    await past(`update members set created_at = now() - interval '29 days' where id = $1`, silent);
    expect(await members({ notSeenForDays: 30 })).toEqual([editor.memberId]);
    await past(`update members set created_at = now() - interval '31 days' where id = $1`, silent);
    expect(await members({ notSeenForDays: 30 })).toEqual([editor.memberId, silent.memberId]);
    // Of several sessions, the one that was used last counts.
    await service.signIn(editor.email, workspace.slug);
    expect(await members({ notSeenForDays: 30 })).toEqual([silent.memberId]);
  });

  it('is decided once for each, by those who were asked, and by nobody for themselves', async () => {
    const [reviewer, other] = [
      await service.member(workspace, 'admin'),
      await service.member(workspace, 'admin'),
    ];
    const viewer = await service.member(workspace, 'viewer');
    const id = await begin({ reviewers: [reviewer.memberId] });
    const item = await itemOf(id, viewer);
    const theirs = service.http(reviewer.accessToken);
    const refusals: [unknown, ReturnType<typeof decide>][] = [
      ['not_a_reviewer', decide(id, item.id, { decision: 'keep' }, service.http(other.accessToken))],
      ['own_access', decide(id, (await itemOf(id, reviewer)).id, { decision: 'keep' }, theirs)],
      ['forbidden', decide(id, item.id, { decision: 'keep' }, service.http(viewer.accessToken))],
    ];
    for (const [code, request] of refusals) expect((await request.expect(403)).body.code).toBe(code);
    const another = await begin({ reviewers: [other.memberId] });
    await decide(another, item.id, { decision: 'keep' }, service.http(other.accessToken)).expect(404);

    const { body } = await decide(id, item.id, { decision: 'remove', note: 'left us' }, theirs).expect(200);
    expect(body).toMatchObject({
      decision: 'remove',
      decidedBy: reviewer.memberId,
      note: 'left us',
      effect: null,
    });
    const again = await decide(id, item.id, { decision: 'keep' }, theirs).expect(409);
    expect(again.body.code).toBe('already_decided');
    // Nothing has happened to anybody yet.
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(200);
    expect(await items(id, { open: true })).toHaveLength(3);
    expect(await items(id, { open: false })).toMatchObject([{ id: item.id }]);
    expect(await service.auditEvents(workspace.id, 'access_review.decided')).toMatchObject([
      { actor_id: reviewer.userId, data: { memberId: viewer.memberId, decision: 'remove', note: 'left us' } },
    ]);
  });

  it('is not completed while somebody is being changed whom it removes: nobody stays in for that', async () => {
    const viewer = await service.member(workspace, 'viewer');
    const id = await begin({ scope: { roles: ['viewer'] } });
    await decide(id, (await itemOf(id, viewer)).id, { decision: 'remove' }).expect(200);
    const other = new Client({ connectionString: service.databaseUrl });
    await other.connect();
    await other.query('begin');
    await other.query('select 1 from members where id = $1 for update', [viewer.memberId]);
    expect((await complete(id).expect(409)).body.code).toBe('busy');
    await other.query('rollback');
    await other.end();
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(200);
    await complete(id).expect(200);
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(401);
  });

  it('has one decision, however many decide at the same moment on two instances', async () => {
    const reviewer = await service.member(workspace, 'admin');
    for (let round = 0; round < rounds({ always: 1, nightly: 50 }); round += 1) {
      const viewer = await service.member(workspace, 'viewer');
      const id = await begin({ scope: { roles: ['viewer'] } });
      const { id: item } = await itemOf(id, viewer);
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          decide(
            id,
            item,
            { decision: index % 2 ? 'keep' : 'remove' },
            (index % 3 ? service : second).http([workspace.admin, reviewer][index % 2]!.accessToken),
          ),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status, body } of answers) if (status !== 200) expect(body.code).toBe('already_decided');
      const ends = await Promise.all([complete(id), complete(id), complete(id)]);
      expect(ends.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    }
  });

  it('removes by the one way out when it is completed, but never the last admin', async () => {
    const reviewer = await service.member(workspace, 'admin');
    const [viewer, kept] = [
      await service.member(workspace, 'viewer'),
      await service.member(workspace, 'viewer'),
    ];
    const id = await begin();
    const theirs = service.http(reviewer.accessToken);
    await decide(id, (await itemOf(id, viewer)).id, { decision: 'remove' }).expect(200);
    await decide(id, (await itemOf(id, kept)).id, { decision: 'keep' }).expect(200);
    await decide(id, (await itemOf(id, reviewer)).id, { decision: 'remove' }).expect(200);
    expect((await complete(id, {}).expect(409)).body.code).toBe('review_incomplete');
    await decide(id, (await itemOf(id, workspace.admin)).id, { decision: 'remove' }, theirs).expect(200);
    const { body } = await complete(id, {}).expect(200);
    expect(body).toMatchObject({ status: 'completed', counts: { items: 4, open: 0, keep: 1, remove: 3 } });

    await service.http(viewer.accessToken).get('/v1/auth/me').expect(401);
    await service.http(kept.accessToken).get('/v1/auth/me').expect(200);
    const receipt = await admin.get(`/v1/members/${viewer.memberId}/offboarding`);
    const admins = await service.sql<{ id: string }>(
      `select id from members where workspace_id = $1 and role = 'admin' and removed_at is null`,
      [workspace.id],
    );
    expect(admins).toHaveLength(1);
    if (admins[0]!.id === workspace.admin.memberId) expect(receipt.body.reason).toBe('access_review');
    const effects = await service.sql<{ effect: string }>(
      'select effect from access_review_items where review_id = $1 and decision = $2',
      [id, 'remove'],
    );
    expect(effects.map(({ effect }) => effect).sort()).toEqual(['refused_last_admin', 'removed', 'removed']);
    expect(await service.auditEvents(workspace.id, 'access_review.completed')).toMatchObject([
      { risk: 'high' },
    ]);
    expect(await service.auditEvents(workspace.id, 'workspace.member_removed')).toHaveLength(2);
  });

  it('removes nobody a second time who is out when it is completed, and says so', async () => {
    const viewer = await service.member(workspace, 'viewer');
    const id = await begin();
    await decide(id, (await itemOf(id, viewer)).id, { decision: 'remove' }).expect(200);
    await admin.delete(`/v1/members/${viewer.memberId}`).expect(204);
    await complete(id).expect(200);
    expect(await itemOf(id, viewer)).toMatchObject({ effect: 'was_out_already' });
    expect(await service.auditEvents(workspace.id, 'workspace.member_removed')).toHaveLength(1);
  });

  describe('that is completed', () => {
    let person: TestPerson;
    let id: string;
    beforeEach(async () => {
      person = await service.member(workspace, 'viewer', { email: `lovelace@${workspace.slug}.test` });
      await service.sql(`update members set display_name = '=cmd|/c calc' where id = $1`, [person.memberId]);
      id = await begin();
      expect((await admin.get(`/v1/access-reviews/${id}/result`).expect(409)).body.code).toBe('review_open');
      const note = '@SUM(1), said "Lovelace"\nand more';
      await decide(id, (await itemOf(id, person)).id, { decision: 'keep', note }).expect(200);
      await complete(id).expect(200);
    });

    it('has a result that verifies offline, and shows whatever was changed in it', async () => {
      const [json, csv] = [await download(id, 'json'), await download(id, 'csv')];
      const { publicKey } = (await admin.get('/v1/audit-events/proof').expect(200)).body as {
        publicKey: string;
      };
      expect(await verified(json, csv, publicKey)).toMatch(/^VALID\. 2 members/);
      expect(await verified(json, csv, 'A'.repeat(43) + '=')).toMatch(/^WRONG/);
      expect(await verified(json, csv.replace('keep', 'drop'))).toMatch(/^WRONG\. The CSV/);
      expect(await verified(json.replace('"decision": "keep"', '"decision": "remove"'), csv)).toMatch(
        /^WRONG/,
      );
      expect(await verified(json.replace('=cmd', '=cme'), csv)).toMatch(/^WRONG\. Item/);
      expect(JSON.stringify(JSON.parse(json).manifest).toLowerCase()).not.toContain('lovelace');
      expect(csv).toContain(`,'=cmd|/c calc,`);
      expect(csv).toContain(`"'@SUM(1), said ""Lovelace""\nand more"`);
      expect(await service.auditEvents(workspace.id, 'access_review.exported')).toMatchObject([
        { target_id: id, data: { format: 'json', items: 2 } },
        { target_id: id, data: { format: 'csv', items: 2 } },
      ]);
    });

    it('does not change any more, whoever tries', async () => {
      const item = await itemOf(id, workspace.admin);
      expect((await decide(id, item.id, { decision: 'keep' }).expect(409)).body.code).toBe(
        'review_completed',
      );
      for (const change of [
        `update access_review_items set decision = 'remove', decided_by = member_id, decided_at = now() where id = '${item.id}'`,
        `update access_review_items set facts = '{}' where id = '${item.id}'`,
        `update access_review_items set effect = 'removed' where id = '${item.id}'`,
        `update access_review_items set personal = '{}' where id = '${item.id}'`,
        `update access_review_items set commitment = '' where id = '${item.id}'`,
        `update access_review_items set note = '{}' where note is not null`,
        `update access_reviews set manifest = '{}' where id = '${id}'`,
      ]) {
        await expect(service.sql(change)).rejects.toThrow('does not change any more');
      }
    });

    it('still verifies when somebody in it is erased', async () => {
      const exported = await admin.get(`/v1/members/${person.memberId}/export`).expect(200);
      expect(exported.body.accessReviews).toMatchObject([{ review: 'Fourth quarter', decision: 'keep' }]);
      await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(200);
      const [json, csv] = [await download(id, 'json'), await download(id, 'csv')];
      expect((json + csv).toLowerCase()).not.toContain('lovelace');
      expect(await verified(json, csv)).toMatch(/^VALID\. 2 members.* 1 of them are erased/);
      expect(await itemOf(id, person)).toMatchObject({
        email: null,
        displayName: null,
        note: null,
        decision: 'keep',
      });
    });
  });

  it('asks its reviewers by mail, and reminds those who have not decided when it is due', async () => {
    const reviewer = await service.member(workspace, 'admin');
    const viewer = await service.member(workspace, 'viewer');
    const dueAt = new Date(Date.now() + 10 * DAY_MS).toISOString();
    const id = await begin({ dueAt, reviewers: [reviewer.memberId], scope: { roles: ['viewer'] } });
    const mails = () =>
      mailsTo(service, reviewer.email).filter(({ subject }) => subject.includes('waits for you'));
    expect(mails()).toHaveLength(1);
    expect(mails()[0]!.text).toContain('1 of the review "Fourth quarter"');
    expect(mails()[0]!.text).toContain(`${service.baseUrl}/console`);
    const remind = (days: number) =>
      service.app.get(Schedule).run('access_reviews.remind', new Date(Date.now() + days * DAY_MS));
    await remind(5);
    expect(mails()).toHaveLength(1);
    await remind(8);
    await remind(8.1);
    expect(mails()).toHaveLength(2);
    await decide(
      id,
      (await itemOf(id, viewer)).id,
      { decision: 'keep' },
      service.http(reviewer.accessToken),
    ).expect(200);
    await remind(11);
    expect(mails()).toHaveLength(2);
    expect(
      mailsTo(service, workspace.admin.email).filter(({ subject }) => subject.includes('waits')),
    ).toEqual([]);
  });

  it.each<[object]>([
    [{}],
    [{ name: '' }],
    [{ name: 'x', dueAt: 'tomorrow' }],
    [{ name: 'x', dueAt: '2020-01-01T00:00:00Z' }],
    [{ name: 'x', scope: { roles: ['owner'] } }],
    [{ name: 'x', scope: { roles: [] } }],
    [{ name: 'x', scope: { everybody: true } }],
    [{ name: 'x', reviewers: ['019a0000-0000-7000-8000-000000000000'] }],
    [{ name: 'x', scope: [] }],
    [{ name: 'x', scope: [{ roles: ['viewer'] }] }],
    [{ name: 'x', scope: null }],
    [{ name: 'x', reviewers: 'all' }],
  ])('is not begun with %j', async (body) => {
    expect((await admin.post('/v1/access-reviews').send(body).expect(400)).body.code).toBe(
      'validation_failed',
    );
  });

  it('of another workspace looks like none, and programs only look', async () => {
    const id = await begin();
    const [item] = await items(id);
    const other = service.http((await service.workspace()).admin.accessToken);
    const { body } = await admin
      .post('/v1/api-keys')
      .send({ name: 'grc', scopes: ['members:read', 'members:write'] });
    const key = service.withKey(body.key as string);
    await key.get(`/v1/access-reviews/${id}/items`).expect(200);
    await decide(id, item!.id, { decision: 'keep' }, key).expect(403);
    for (const path of [id, '019a0000-0000-7000-8000-000000000000', 'nonsense']) {
      for (const request of [
        other.get(`/v1/access-reviews/${path}`),
        other.get(`/v1/access-reviews/${path}/items`),
        other.get(`/v1/access-reviews/${path}/result`),
        other.post(`/v1/access-reviews/${path}/complete`).send({}),
        other.post(`/v1/access-reviews/${path}/cancel`).send({}),
        decide(path, item!.id, { decision: 'keep' }, other),
      ]) {
        expect((await request.expect(404)).body.detail).toBe('Access review not found.');
      }
    }
    const viewer = await service.member(workspace, 'viewer');
    await service.http(viewer.accessToken).get('/v1/access-reviews').expect(403);
  });
});
