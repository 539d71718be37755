import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';
import { issueScimToken, ScimClient } from '../support/scim-client';

describe('An invitation to somebody who was here before', () => {
  let service: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
  });

  let count = 0;
  const someone = (): string => `former-${(count += 1)}@elsewhere.test`;
  const known = async () => service.member(await service.workspace(), 'viewer');
  const tokenFor = async (email: string): Promise<string> => {
    const admin = service.http(workspace.admin.accessToken);
    await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
    const link = /https?:\S+/.exec(mailsTo(service, email).at(-1)!.text)![0];
    return new URL(link).searchParams.get('token')!;
  };
  const accept = (body: object) => service.http().post('/v1/invitations/accept').send(body);
  const directory = async (): Promise<ScimClient> =>
    new ScimClient(service, (await issueScimToken(service, workspace.admin, { name: 'Okta' })).token);

  /** As `userId`, removed by an admin; deleted by a directory since, if it says so. */
  async function former(userId: string, email: string, isDeleted = false): Promise<string> {
    const [row] = await service.sql<{ id: string }>(
      `insert into members (workspace_id, user_id, email, user_name, source, removed_at, removal_reason, scim_deleted_at)
       values ($1, $2, $3, gen_random_uuid(), 'invitation', now(), 'removed_by_admin', case when $4 then now() end)
       returning id`,
      [workspace.id, userId, email, isDeleted],
    );
    return row!.id;
  }

  it('brings back who they were, not whoever had the address before them', async () => {
    const person = await known();
    const [other] = await service.sql<{ id: string }>('insert into users (email) values ($1) returning id', [
      person.email,
    ]);
    await former(other!.id, person.email, true);
    const theirs = await former(person.userId, someone());
    const { body } = await accept({ token: await tokenFor(person.email) }).expect(200);
    expect(body.member).toMatchObject({ id: theirs, userId: person.userId });
  });

  it('shows them to directories again that had deleted them', async () => {
    const [email, okta] = [someone(), await directory()];
    const { id } = await okta.create({ userName: email });
    await okta.delete(`/Users/${id}`).expect(204);
    const { body } = await accept({ token: await tokenFor(email), password: PASSWORD }).expect(200);
    expect(body.member.id).toBe(id);
    expect((await okta.get(`/Users/${id}`).expect(200)).body).toMatchObject({ active: true });
  });

  it('still waits when a directory brings back whose address the workspace does not speak for', async () => {
    const [email, okta] = [someone(), await directory()];
    const { id } = await okta.create({ userName: email });
    const setActive = (value: boolean) =>
      okta.patch(`/Users/${id}`, { op: 'replace', path: 'active', value }).expect(200);
    await setActive(false);
    const token = await tokenFor(email);
    await setActive(true);
    const { body } = await accept({ token, password: PASSWORD }).expect(200);
    expect(body.member.id).toBe(id);
  });

  it('makes them nobody else whom a directory has made of the address since', async () => {
    const person = await known();
    await former(person.userId, someone());
    const token = await tokenFor(person.email);
    await (await directory()).create({ userName: person.email });
    expect((await accept({ token }).expect(409)).body.code).toBe('already_member');
  });

  describe('whose link is mailed again', () => {
    const admin = () => service.http(workspace.admin.accessToken);
    const invited = async (email: string): Promise<string> =>
      (await admin().post('/v1/invitations').send({ email, role: 'viewer' }).expect(201)).body.id as string;
    const resend = (id: string) => admin().post(`/v1/invitations/${id}/resend`);

    it('is refused when it could not be accepted any more, as inviting them would be', async () => {
      const [email, person] = [someone(), await known()];
      const [id, toAnother] = [await invited(email), await invited(person.email)];
      const member = await service.member(workspace, 'viewer');
      await service.sql('update members set email = $2 where id = $1', [member.memberId, email]);
      expect((await resend(id).expect(409)).body.code).toBe('already_member');

      await former(person.userId, someone());
      const [user] = await service.sql<{ id: string }>('insert into users (email) values ($1) returning id', [
        person.email,
      ]);
      const other = await former(user!.id, person.email);
      const { body } = await resend(toAnother).expect(409);
      expect([body.code, body.detail]).toEqual(['address_of_another', expect.stringContaining(other)]);

      expect(await service.auditEvents(workspace.id, 'workspace.invitation_resent')).toEqual([]);
      expect(mailsTo(service, email)).toHaveLength(1);
      expect(mailsTo(service, person.email)).toHaveLength(1);
    });

    it('makes them whom a directory has made of the address meanwhile, and nobody has signed in as', async () => {
      const email = someone();
      const id = await invited(email);
      const made = await (await directory()).create({ userName: email });
      await resend(id).expect(200);
      const link = /https?:\S+/.exec(mailsTo(service, email).at(-1)!.text)![0];
      const token = new URL(link).searchParams.get('token')!;
      expect((await accept({ token, password: PASSWORD }).expect(200)).body.member.id).toBe(made.id);
      expect((await resend(id).expect(409)).body.code).toBe('invitation_closed');
    });
  });

  describe('whose address or name another member holds', () => {
    const invite = (email: string) =>
      service.http(workspace.admin.accessToken).post('/v1/invitations').send({ email, role: 'viewer' });
    const somebody = async (email: string): Promise<string> =>
      (await service.sql<{ id: string }>('insert into users (email) values ($1) returning id', [email]))[0]!
        .id;

    it('is refused as long as that member is there, who is named', async () => {
      const person = await known();
      const theirs = await former(person.userId, someone());
      const other = await former(await somebody(person.email), person.email);
      const { body } = await invite(person.email).expect(409);
      expect(body.code).toBe('address_of_another');
      expect(body.detail).toContain(other);
      expect(body.detail).not.toContain(theirs);

      const admin = service.http(workspace.admin.accessToken);
      await admin.post(`/v1/members/${other}/erase`).send({ email: person.email }).expect(200);
      const accepted = await accept({ token: await tokenFor(person.email) }).expect(200);
      expect(accepted.body.member).toMatchObject({ id: theirs, userId: person.userId });
    });

    it('is refused with that code when the other came and left while it waited', async () => {
      const person = await known();
      const theirs = await former(person.userId, someone());
      const token = await tokenFor(person.email);
      const other = await former(await somebody(person.email), person.email);
      const { body } = await accept({ token }).expect(409);
      expect(body.code).toBe('address_of_another');
      for (const id of [theirs, other]) expect(body.detail).not.toContain(id);
      await service.sql('update members set scim_deleted_at = now() where id = $1', [other]);
      await accept({ token }).expect(200);
    });

    it('brings back whoever holds the address of all who had it', async () => {
      const email = someone();
      for (let past = 0; past < 3; past += 1) await former(await somebody(email), email, true);
      const holder = await former(await somebody(email), email);
      const { body } = await accept({ token: await tokenFor(email), password: PASSWORD }).expect(200);
      expect(body.member.id).toBe(holder);
    });

    it('is refused where a directory gave the address to somebody as user name', async () => {
      const email = someone();
      const { id } = await (
        await directory()
      ).create({
        userName: email.toUpperCase(),
        emails: [{ value: someone(), primary: true }],
      });
      const { body } = await invite(email).expect(409);
      expect([body.code, body.detail]).toEqual(['address_of_another', expect.stringContaining(id)]);
    });

    it('gives whoever comes back another user name where theirs is somebody else’s since', async () => {
      const [okta, email, name] = [await directory(), someone(), `name-${someone()}`];
      const { id } = await okta.create({ userName: name, emails: [{ value: email, primary: true }] });
      await okta.delete(`/Users/${id}`).expect(204);
      await okta.create({ userName: name, emails: [{ value: someone(), primary: true }] });
      const { body } = await accept({ token: await tokenFor(email), password: PASSWORD }).expect(200);
      expect(body.member.id).toBe(id);
      expect((await okta.get(`/Users/${id}`).expect(200)).body).toMatchObject({ userName: email });
    });
  });
});
