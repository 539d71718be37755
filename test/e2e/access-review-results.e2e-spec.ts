import { startApp, type TestApp, type TestPerson } from '../support/app';
import { verified } from '../support/review-verifier';
import { type ScimUser, scimWorkspace, type ScimWorkspace } from '../support/scim-client';

const DAY_MS = 86_400_000;

interface Item {
  readonly id: string;
  readonly memberId: string;
}

describe('The result of an access review', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let maker: TestPerson;
  let grouped: ScimUser;
  let review: { id: string; createdAt: string };
  let items: Item[];

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  /** Begun over an admin who made a key and a user in a group of the directory. */
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
    maker = await app.member(workspace, 'admin');
    const key = { name: 'ci', scopes: ['runs:read'] };
    await app.http(maker.accessToken).post('/v1/api-keys').send(key).expect(201);
    grouped = await workspace.scim.create({ displayName: 'Ada' });
    await workspace.scim.createGroup({ displayName: 'Engineers', members: [{ value: grouped.id }] });
    const { body } = await admin
      .post('/v1/access-reviews')
      .send({ name: 'Fourth quarter', dueAt: new Date(Date.now() + DAY_MS).toISOString() })
      .expect(201);
    review = body as typeof review;
    const page = await admin.get(`/v1/access-reviews/${review.id}/items`).expect(200);
    items = page.body.data as Item[];
  });

  const itemOf = (memberId: string) => items.find((item) => item.memberId === memberId)!;
  const decide = (memberId: string, decision: object) =>
    admin
      .post(`/v1/access-reviews/${review.id}/items/${itemOf(memberId).id}`)
      .send(decision)
      .expect(200);
  const complete = () =>
    admin.post(`/v1/access-reviews/${review.id}/complete`).send({ undecided: 'keep' }).expect(200);
  const json = async () => (await admin.get(`/v1/access-reviews/${review.id}/result`).expect(200)).body;
  const csv = async () =>
    (await admin.get(`/v1/access-reviews/${review.id}/result`).query({ format: 'csv' }).expect(200)).text;

  it('says who decided what of whom, when, on what grounds, and what came of it', async () => {
    await decide(grouped.id, { decision: 'remove', note: 'left us' });
    await decide(maker.memberId, { decision: 'keep' });
    await complete();
    const { manifest } = await json();
    const by = workspace.admin.memberId;
    const instant = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(manifest).toMatchObject({ format: 'gatehouse-access-review/1', workspaceId: workspace.id });
    expect(manifest.review).toEqual({
      ...{ id: review.id, name: 'Fourth quarter', scope: {}, reviewers: [] },
      ...{
        createdBy: by,
        createdAt: review.createdAt,
        dueAt: instant,
        completedBy: by,
        completedAt: instant,
      },
    });
    const decided = { decidedBy: by, decidedAt: instant };
    const nobody = { decision: null, decidedBy: null, decidedAt: null, effect: null };
    const [self, kept, removed] = [workspace.admin.memberId, maker.memberId, grouped.id].map((memberId) =>
      manifest.items.find((item: Item) => item.memberId === memberId),
    );
    expect(self).toMatchObject({ ...nobody, noteCommitment: null });
    expect(kept).toMatchObject({ ...decided, decision: 'keep', effect: null });
    expect(removed).toMatchObject({ ...decided, decision: 'remove', effect: 'removed' });
    expect([removed.commitment, removed.noteCommitment]).toEqual(Array(2).fill(expect.stringMatching(/=$/)));
    expect(removed.facts.groupIds).toHaveLength(1);
    expect(kept.facts.apiKeys).toMatchObject([{ scopes: ['runs:read'] }]);
    expect(kept.facts.grants).toMatchObject([{ kind: 'manual', role: 'admin' }]);
  });

  it('says the same in a table', async () => {
    await decide(grouped.id, { decision: 'remove', note: 'left us' });
    await decide(maker.memberId, { decision: 'keep' });
    await complete();
    const [header, ...rows] = (await csv())
      .trimEnd()
      .split('\r\n')
      .map((row) => row.split(','));
    const row = (memberId: string) => {
      const cells = rows.find((each) => each[1] === memberId)!;
      return Object.fromEntries(header!.map((name, at) => [name, cells[at]]));
    };
    const { memberId: by } = workspace.admin;
    const [origin] = await app.sql<{ of: string }>(
      `select kind || '/' || origin || '=' || role as of from member_grants where member_id = $1`,
      [maker.memberId],
    );
    expect(row(maker.memberId)).toEqual({
      ...{ itemId: itemOf(maker.memberId).id, memberId: maker.memberId, email: maker.email, displayName: '' },
      ...{ role: 'admin', approver: 'false', source: 'invitation', provenance: origin!.of },
      ...{ lastSeenAt: expect.stringMatching(/^\d{4}-/), factors: '', groups: '' },
      apiKeys: 'ci [runs:read] last used never',
      ...{ decision: 'keep', decidedBy: by, decidedAt: expect.stringMatching(/Z$/), note: '', effect: '' },
    });
    expect(row(grouped.id)).toMatchObject({
      ...{ displayName: 'Ada', groups: 'Engineers', lastSeenAt: '' },
      ...{ decision: 'remove', note: 'left us', effect: 'removed' },
    });
  });

  it('does not verify with another note, or with somebody who was not looked at', async () => {
    await decide(grouped.id, { decision: 'keep', note: 'back soon' });
    await complete();
    const [result, table] = [await json(), await csv()];
    expect(await verified(JSON.stringify(result), table)).toMatch(/^VALID/);
    const { id } = itemOf(grouped.id);
    const changed = JSON.stringify(result).replace('back soon', 'back late');
    expect(await verified(changed, table)).toBe(`WRONG. Item ${id}: the note was changed.`);
    const invented = { ...result, people: { ...result.people, x: result.people[id] } };
    expect(await verified(JSON.stringify(invented), table)).toBe('WRONG. Item x was added.');
  });

  it('rests on decisions that nobody changes, also before it is there', async () => {
    await decide(grouped.id, { decision: 'keep', note: 'back soon' });
    const { id } = itemOf(grouped.id);
    const change = (what: string) => app.sql(`update access_review_items set ${what} where id = '${id}'`);
    for (const what of [
      `decision = 'remove'`,
      `decision = null, decided_by = null, decided_at = null`,
      `decided_by = '${maker.memberId}'`,
      `decided_at = now()`,
      `note_commitment = 'x'`,
      `note = '{"text": "gone", "salt": "x"}'`,
      `facts = facts - 'role'`,
      `member_id = '${maker.memberId}'`,
      `review_id = new_id()`,
    ]) {
      await expect(change(what)).rejects.toThrow('does not change any more');
    }
    await change(`effect = 'removed'`);
    await expect(change(`effect = 'was_out_already'`)).rejects.toThrow('does not change any more');
  });
});
