import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { occurrencesOf } from '../support/text-search';
import { verified } from '../support/review-verifier';

/** What people typed as the reason of something, and what others typed about somebody. */
describe('Words, once somebody is erased', () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let ada: TestPerson;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await app.workspace();
    admin = app.http(workspace.admin.accessToken);
    ada = await app.member(workspace, 'admin', { email: `lovelace@${workspace.slug}.test` });
  });

  const erase = () => admin.post(`/v1/members/${ada.memberId}/erase`).send({ email: ada.email }).expect(200);
  const secret = async (terms: object = {}): Promise<string> => {
    const { body } = await admin
      .post('/v1/secrets')
      .send({ name: 'billing', value: 'v', ...terms })
      .expect(201);
    return body.id as string;
  };
  const review = async (by = admin) => {
    const { body } = await by.post('/v1/access-reviews').send({ name: 'q' }).expect(201);
    const path = `/v1/access-reviews/${body.id as string}`;
    const { data } = (await admin.get(`${path}/items`).expect(200)).body as {
      data: { id: string; memberId: string }[];
    };
    return { path, itemOf: (memberId: string) => data.find((item) => item.memberId === memberId)!.id };
  };

  it('leave the log with who typed them, also where a single word looks like a code of ours', async () => {
    const hers = app.http(ada.accessToken);
    await hers
      .post(`/v1/secrets/${await secret()}/reveal`)
      .send({ reason: 'lovelace' })
      .expect(200);
    const shared = await secret({ name: 'payroll', approvalRequired: true });
    await hers.post(`/v1/secrets/${shared}/reveal-requests`).send({ reason: 'lovelace' }).expect(201);
    await hers
      .post(`${(await review(hers)).path}/cancel`)
      .send({ reason: 'lovelace' })
      .expect(200);
    const reasonsOf = async () =>
      (await app.auditEvents(workspace.id)).flatMap(({ data }) => data.reason ?? []);
    expect(await reasonsOf()).toEqual(['lovelace', 'lovelace', 'lovelace']);
    await erase();
    expect(await reasonsOf()).not.toContain('lovelace');
    expect(await occurrencesOf(app, 'lovelace')).toEqual([]);
  });

  it('of others go where the address stands in them, and no others', async () => {
    const bob = await app.member(workspace, 'viewer');
    const eve = await app.member(workspace, 'viewer');
    const shared = await secret({ name: 'payroll', approvalRequired: true });
    for (const reason of [`for ${ada.email}, who is ill`, `for 1${ada.email}`])
      await admin.post(`/v1/secrets/${shared}/reveal-requests`).send({ reason }).expect(201);
    const { path, itemOf } = await review();
    const notes = { [bob.memberId]: `Reports to <${ada.email.toUpperCase()}>.`, [eve.memberId]: 'Stays.' };
    for (const [memberId, note] of Object.entries(notes))
      await admin
        .post(`${path}/items/${itemOf(memberId)}`)
        .send({ decision: 'keep', note })
        .expect(200);
    await admin.post(`${path}/complete`).send({ undecided: 'keep' }).expect(200);
    await erase();

    const { body: requests } = await admin.get('/v1/secrets/reveal-requests').expect(200);
    expect((requests.data as { reason: string }[]).map(({ reason }) => reason).toSorted()).toEqual([
      '',
      `for 1${ada.email}`,
    ]);
    const { body: result } = await admin.get(`${path}/result`).expect(200);
    const noteOf = ({ memberId }: TestPerson): unknown => result.people[itemOf(memberId)].note;
    expect([noteOf(bob), noteOf(eve)]).toEqual([null, expect.objectContaining({ text: 'Stays.' })]);
    const { text: csv } = await admin.get(`${path}/result?format=csv`).buffer(true).expect(200);
    const { text: json } = await admin.get(`${path}/result`).expect(200);
    expect(await verified(json, csv)).toMatch(/^VALID/);
  });
});
