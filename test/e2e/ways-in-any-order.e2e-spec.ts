import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp, type TestApp } from '../support/app';
import { FederatedSignIn, loginOf, type Scene } from '../support/federated-sign-in';
import { issueScimToken, ScimClient, USER } from '../support/scim-client';

/** The four ways in which somebody comes to be known here. */
const WAYS = ['invitation', 'sign-in', 'directory', 'local account'] as const;
type Way = (typeof WAYS)[number];

/** What came of a way: the person is in, or was told that they are in already. */
type Outcome = 'joined' | 'linked' | 'known';

const ORDERS = [2, 3, 4].flatMap((length) => permutations(WAYS, length));

describe('Invitation, sign-in through the company, directory and local account', () => {
  let app: TestApp;
  let idp: FederatedSignIn;
  let scene: Scene;
  let scim: ScimClient;
  let people = 0;

  beforeAll(async () => {
    app = await startApp();
    idp = new FederatedSignIn(app);
    scene = await idp.scene();
    scim = new ScimClient(app, (await issueScimToken(app, scene.workspace.admin)).token);
  });
  afterAll(() => app?.close());

  it('are tried in every order of two, three and four', () => {
    expect(ORDERS).toHaveLength(12 + 24 + 24);
  });

  it.each(ORDERS.map((order) => [order.join(', then '), order] as const))(
    'end in one user, one member and right links: %s',
    async (_, order) => {
      people += 1;
      const person = new Person(`p${people}@${scene.domain}`);
      const outcomes: Outcome[] = [];
      for (const way of order) outcomes.push(await WALK[way](person));

      // Only the first makes a member; an account elsewhere makes none here.
      const first = order.findIndex((way) => way !== 'local account');
      expect(
        outcomes.map((outcome, index) => outcome === 'joined' && order[index] !== 'local account'),
      ).toEqual(order.map((__, index) => index === first));
      await expectOnePerson(person, order);
      await expectOneStory(person, order);
    },
  );

  it.each(['sign-in', 'directory'] as const)(
    'an invitation that waits ends with an arrival by %s',
    async (way) => {
      people += 1;
      const person = new Person(`p${people}@${scene.domain}`);
      const admin = app.http(scene.workspace.admin.accessToken);
      const { body } = await admin
        .post('/v1/invitations')
        .send({ email: person.email, role: 'viewer' })
        .expect(201);
      const token = tokenOf(person.email);
      expect(await WALK[way](person)).toBe('joined');

      const { body: list } = await admin.get('/v1/invitations').expect(200);
      expect(list.data.find(({ id }: { id: string }) => id === body.id)).toMatchObject({ status: 'revoked' });
      const accepted = await app.http().post('/v1/invitations/accept').send({ token }).expect(409);
      expect(accepted.body.code).toBe('invitation_revoked');
      const [member] = await app.sql<{ id: string; xid: string }>(
        'select id from members where workspace_id = $1 and email = $2',
        [scene.workspace.id, person.email],
      );
      const story = (await app.auditEvents(scene.workspace.id)).filter(
        ({ target_id, type }) =>
          target_id === body.id || (target_id === member!.id && type === 'workspace.member_joined'),
      );
      const ended = story.find(({ type }) => type === 'workspace.invitation_revoked');
      expect(ended).toMatchObject({
        target_id: body.id,
        data: { email: person.email, reason: 'joined_otherwise', memberId: member!.id },
      });
      expect(
        new Set(story.filter(({ type }) => type !== 'workspace.member_invited').map(({ xid }) => xid)).size,
      ).toBe(1);
    },
  );

  it.each(['restored by an admin', 'activated by a directory', 'provisioned anew'] as const)(
    'an invitation that waits for somebody who had left ends when they are %s',
    async (how) => {
      people += 1;
      const email = `p${people}@${scene.domain}`;
      const admin = app.http(scene.workspace.admin.accessToken);
      const { body: user } = await scim.post('/Users', { schemas: [USER], userName: email }).expect(201);
      if (how === 'restored by an admin') await admin.delete(`/v1/members/${user.id}`).expect(204);
      else if (how === 'provisioned anew') await scim.delete(`/Users/${user.id}`).expect(204);
      else await scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false });
      const { body } = await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
      const foreign = await admin
        .post('/v1/invitations')
        .send({ email: `other-${email}`, role: 'viewer' })
        .expect(201);

      if (how === 'restored by an admin') await admin.post(`/v1/members/${user.id}/restore`).expect(200);
      else if (how === 'provisioned anew') await scim.post('/Users', { schemas: [USER], userName: email });
      else await scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: true }).expect(200);

      const { body: list } = await admin.get('/v1/invitations').expect(200);
      const statusOf = (wanted: string) => list.data.find(({ id }: { id: string }) => id === wanted).status;
      expect([statusOf(body.id), statusOf(foreign.body.id)]).toEqual(['revoked', 'pending']);
      const story = await app.auditEvents(scene.workspace.id);
      expect(story.filter(({ target_id }) => target_id === body.id)[1]).toMatchObject({
        type: 'workspace.invitation_revoked',
        data: { email, reason: 'joined_otherwise', memberId: user.id },
      });
    },
  );

  /** Somebody on the way in. */
  class Person {
    constructor(readonly email: string) {}
    get subject(): string {
      return `subject of ${this.email}`;
    }
  }

  const WALK: Record<Way, (person: Person) => Promise<Outcome>> = {
    invitation: (person) => acceptInvitation(scene.workspace, person.email),
    'sign-in': async ({ email, subject }) => {
      const [{ count: before }] = await countOf(email);
      await idp.signIn(scene, loginOf(subject, email.toUpperCase()));
      return before === 0 ? 'joined' : 'linked';
    },
    directory: async ({ email }) => {
      // As connectors do: look first, then create or adopt.
      const found = await scim.find(`userName eq "${email}"`).expect(200);
      const [known] = found.body.Resources as { id: string }[];
      const externalId = `id of ${email}`;
      if (!known) {
        await scim.post('/Users', { schemas: [USER], userName: email, externalId }).expect(201);
        return 'joined';
      }
      await scim.post('/Users', { schemas: [USER], userName: email, externalId }).expect(409);
      await scim
        .patch(`/Users/${known.id}`, { op: 'add', path: 'externalId', value: externalId })
        .expect(200);
      return 'linked';
    },
    // Another workspace invites the same address: the user proves it there and chooses a password.
    'local account': async ({ email }) => acceptInvitation(await app.workspace(), email),
  };

  async function acceptInvitation(workspace: Scene['workspace'], email: string): Promise<Outcome> {
    const invited = await app
      .http(workspace.admin.accessToken)
      .post('/v1/invitations')
      .send({ email, role: 'editor' });
    if (invited.status === 409) {
      expect(invited.body.code).toBe('already_member');
      return 'known';
    }
    expect(invited.status).toBe(201);
    const token = tokenOf(email);
    await app
      .http()
      .post('/v1/invitations/accept')
      .send({ token, password: 'a password of their own' })
      .expect(200);
    return 'joined';
  }

  /** From the mail: the outbox holds what was sent. */
  function tokenOf(email: string): string {
    const outbox = join(app.dataDir, 'outbox');
    const mails = readdirSync(outbox)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => JSON.parse(readFileSync(join(outbox, name), 'utf8')) as { to: string; text: string })
      .filter(({ to }) => to === email);
    return /ghi_[0-9A-Za-z_]+/.exec(mails.at(-1)!.text)![0];
  }

  const countOf = (email: string) =>
    app.sql<{ count: number }>(
      'select count(*)::int as count from members where workspace_id = $1 and email = $2',
      [scene.workspace.id, email],
    ) as Promise<[{ count: number }]>;

  async function expectOnePerson({ email, subject }: Person, order: readonly Way[]): Promise<void> {
    const users = await app.sql<{ id: string; email_claimed: boolean }>(
      'select id, email_claimed from users where email = $1',
      [email],
    );
    expect(users).toEqual([{ id: expect.any(String), email_claimed: true }]);
    const members = await app.sql<{ id: string; external_id: string | null; role: string }>(
      `select id, user_id, external_id, role, removed_at from members where workspace_id = $1 and email = $2`,
      [scene.workspace.id, email],
    );
    const firstHere = order.find((way) => way !== 'local account');
    expect(members).toEqual([
      {
        id: expect.any(String),
        user_id: users[0]!.id,
        external_id: order.includes('directory') ? `id of ${email}` : null,
        role: firstHere === 'invitation' ? 'editor' : 'viewer',
        removed_at: null,
      },
    ]);
    const identities = await app.sql('select subject, member_id from identities where subject = $1', [
      subject,
    ]);
    expect(identities).toEqual(order.includes('sign-in') ? [{ subject, member_id: members[0]!.id }] : []);
    const elsewhere = await app.sql('select 1 from members where user_id = $1 and workspace_id <> $2', [
      users[0]!.id,
      scene.workspace.id,
    ]);
    expect(elsewhere).toHaveLength(order.includes('local account') ? 1 : 0);
  }

  async function expectOneStory({ email, subject }: Person, order: readonly Way[]): Promise<void> {
    const [member] = await app.sql<{ id: string }>(
      'select id from members where workspace_id = $1 and email = $2',
      [scene.workspace.id, email],
    );
    const story = (await app.auditEvents(scene.workspace.id)).filter(
      ({ target_id }) => target_id === member!.id,
    );
    const types = story.map(({ type }) => type);
    expect(types.filter((type) => type === 'workspace.member_joined')).toHaveLength(1);
    const source = { invitation: 'invitation', 'sign-in': 'jit', directory: 'scim', 'local account': '' };
    const firstHere = order.find((way) => way !== 'local account')!;
    expect(story.find(({ type }) => type === 'workspace.member_joined')).toMatchObject({
      data: { email, source: source[firstHere] },
    });
    expect(types.filter((type) => type === 'sso.identity_linked')).toHaveLength(
      order.includes('sign-in') ? 1 : 0,
    );
    expect(types.filter((type) => type === 'scim.user_created')).toHaveLength(
      firstHere === 'directory' ? 1 : 0,
    );
    const adopted = order.includes('directory') && firstHere !== 'directory';
    expect(types.filter((type) => type === 'scim.user_updated')).toHaveLength(adopted ? 1 : 0);
    for (const unwanted of ['workspace.member_removed', 'auth.role_escalated', 'workspace.member_updated']) {
      expect(types).not.toContain(unwanted);
    }
    const linked = story.find(({ type }) => type === 'sso.identity_linked');
    if (linked) expect(linked).toMatchObject({ risk: 'medium', data: { subject, otherSubjects: [] } });
  }
});

function permutations(of: readonly Way[], length: number): Way[][] {
  if (length === 0) return [[]];
  return of.flatMap((way) =>
    permutations(
      of.filter((other) => other !== way),
      length - 1,
    ).map((rest) => [way, ...rest]),
  );
}
