import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';
import { occurrencesOf } from '../support/text-search';
import { rounds } from '../support/rounds';
import { scimWorkspace, type ScimWorkspace } from '../support/scim-client';

/** A user stands behind the members that somebody is in several workspaces. */
describe('The user of somebody who is erased', () => {
  let app: TestApp;
  let second: TestApp;
  let here: ScimWorkspace;
  let there: TestWorkspace;
  let name: string;
  let count = 0;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });
  beforeEach(async () => {
    here = await scimWorkspace(app);
    there = await app.workspace();
    name = `zwicky${(count += 1)}x`;
  });

  const erase = (
    { admin }: { admin: TestPerson },
    { memberId, email }: Pick<TestPerson, 'memberId' | 'email'>,
    at = app,
  ) => at.http(admin.accessToken).post(`/v1/members/${memberId}/erase`).send({ email }).expect(200);

  /** Somebody who is a member of both workspaces. */
  async function inBoth(): Promise<{ ofHere: TestPerson; ofThere: TestPerson }> {
    const email = `${name}@elsewhere.test`;
    const ofHere = await app.member(here, 'viewer', { email });
    await app.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'editor', 'invitation')`,
      [there.id, ofHere.userId, email],
    );
    return { ofHere, ofThere: await app.signIn(email, there.slug) };
  }

  const invite = async (email: string) => {
    await app
      .http(here.admin.accessToken)
      .post('/v1/invitations')
      .send({ email, role: 'viewer' })
      .expect(201);
    return new URL(/https?:\S+/.exec(mailsTo(app, email).at(-1)!.text)![0]).searchParams.get('token')!;
  };
  const accept = async (body: object): Promise<{ id: string; userId: string }> => {
    const { body: accepted } = await app.http().post('/v1/invitations/accept').send(body).expect(200);
    return accepted.member as { id: string; userId: string };
  };

  it('goes with the last workspace that knew them', async () => {
    const { ofHere, ofThere } = await inBoth();
    await erase(here, ofHere);
    await app.signIn(ofThere.email, there.slug);
    await erase(there, ofThere);
    expect(await occurrencesOf(app, name)).toEqual([]);
    const events = [here, there].map(({ id }) => app.auditEvents(id, 'member.erased'));
    expect((await Promise.all(events)).flat().map(({ data }) => data.keptForOtherWorkspaces)).toEqual([
      true,
      false,
    ]);
    const [user] = await app.sql('select password_hash, email_claimed from users where id = $1', [
      ofHere.userId,
    ]);
    expect(user).toEqual({ password_hash: null, email_claimed: false });
  });

  it('goes when both erase them at the same moment, too', async () => {
    for (let round = 0; round < rounds({ always: 5, nightly: 100 }); round += 1) {
      name = `zwicky${(count += 1)}x`;
      const { ofHere, ofThere } = await inBoth();
      await Promise.all([erase(here, ofHere), erase(there, ofThere, second)]);
      expect(await occurrencesOf(app, name)).toEqual([]);
    }
  });

  it('is found here again when they are invited after they were erased here alone', async () => {
    const { ofHere } = await inBoth();
    await erase(here, ofHere);
    const refused = { email: ofHere.email, password: PASSWORD, workspace: here.slug };
    await app.http().post('/v1/auth/login').send(refused).expect(401);
    const { userId } = await accept({ token: await invite(ofHere.email) });
    expect(userId).toBe(ofHere.userId);
    await app.signIn(ofHere.email, here.slug);
  });

  it.each([
    ['at the address that they prove then', false],
    ['and taken out of', true],
  ])('leaves nothing of the one that a directory had made of them %s', async (_, isFormer) => {
    const email = `${name}@elsewhere.test`;
    const before = isFormer ? undefined : await invite(email);
    const { id } = await here.scim.create({ userName: email, displayName: `Fritz ${name}` });
    if (isFormer) await here.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    const member = await accept({ token: before ?? (await invite(email)), password: PASSWORD });
    expect(member.id).toBe(id);
    expect((await occurrencesOf(app, name)).filter((place) => place.startsWith('users'))).toHaveLength(1);
    await erase(here, { memberId: id, email });
    expect(await occurrencesOf(app, name)).toEqual([]);
  });

  it('comes back by no invitation to another address of theirs, which ends on record', async () => {
    const email = `${name}@elsewhere.test`;
    const home = `${name}.at.home@elsewhere.test`;
    const person = await app.member(here, 'viewer', { email });
    const emails = [
      { value: email, type: 'work', primary: true },
      { value: home, type: 'home' },
    ];
    await here.scim.patch(`/Users/${person.memberId}`, { op: 'replace', value: { emails } });
    const token = await invite(home);
    await erase(here, person);
    const accepted = await app.http().post('/v1/invitations/accept').send({ token, password: PASSWORD });
    expect([accepted.status, accepted.body.code]).toEqual([409, 'invitation_revoked']);
    const [ended] = await app.auditEvents(here.id, 'workspace.invitation_revoked');
    expect(ended!.data).toEqual({ reason: 'member_erased', memberId: person.memberId });
    expect(await occurrencesOf(app, name)).toEqual([]);
  });
});
