import { Client } from 'pg';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { enforceNow, prepareEnforcement } from '../support/enforcement';
import { mailsTo } from '../support/outbox';

/** What becomes of an invitation while it is being accepted. */
describe('An invitation, at the last moment', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let count = 0;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const someone = (): string => `invited-${(count += 1)}@elsewhere.test`;
  const tokenTo = (address: string): string =>
    new URL(/https?:\S+/.exec(mailsTo(service, address).at(-1)!.text)![0]).searchParams.get('token')!;
  const invite = async (email: string) => {
    const { body } = await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
    return body as { id: string };
  };
  const accept = (body: object) => service.http().post('/v1/invitations/accept').send(body);

  describe('while something becomes of it', () => {
    let client: Client;

    beforeEach(async () => {
      client = new Client({ connectionString: service.databaseUrl });
      await client.connect();
      await client.query('begin');
    });
    afterEach(() => client?.end());

    /** Accepts it up to where it waits for what was done, and lets that happen. */
    async function acceptedMeanwhile(
      token: string,
      deed?: () => Promise<unknown>,
    ): Promise<[number, string | undefined]> {
      const accepted = accept({ token, password: PASSWORD }).then(({ status, body }) => ({ status, body }));
      await service.waiting();
      await deed?.();
      await client.query('commit');
      const { status, body } = await accepted;
      return [status, body.code];
    }

    it.each([
      ['sent again', `secret_hash = '\\x00'`, [400, 'invitation_invalid']],
      ['revoked', 'revoked_at = now()', [409, 'invitation_revoked']],
      ['run out', `expires_at = now() - interval '1 second'`, [409, 'invitation_expired']],
      ['accepted', 'accepted_at = now()', [409, 'invitation_accepted']],
    ])('says that it is %s', async (_, change, answer) => {
      const email = someone();
      const { id } = await invite(email);
      await client.query(`update invitations set ${change} where id = $1`, [id]);
      expect(await acceptedMeanwhile(tokenTo(email))).toEqual(answer);
      expect(await service.sql('select id from members where email = $1', [email])).toEqual([]);
    });

    it('lets nobody in whose inviter may not invite any more', async () => {
      const sender = await service.member(workspace, 'admin');
      const email = someone();
      await service
        .http(sender.accessToken)
        .post('/v1/invitations')
        .send({ email, role: 'viewer' })
        .expect(201);
      await client.query(`update members set role = 'editor' where id = $1`, [sender.memberId]);
      expect(await acceptedMeanwhile(tokenTo(email))).toEqual([409, 'invitation_revoked']);
      expect(await service.sql('select id from members where email = $1', [email])).toEqual([]);
    });

    it('sets no password where the identity provider alone lets people in by now', async () => {
      const breakGlass = await prepareEnforcement(service, workspace);
      const email = someone();
      const { id } = await invite(email);
      await client.query('select from invitations where id = $1 for update', [id]);
      const enforced = () => enforceNow(service, breakGlass);
      expect(await acceptedMeanwhile(tokenTo(email), enforced)).toEqual([403, 'sso_required']);
      expect(await service.sql('select id from users where email = $1', [email])).toEqual([]);
      // Without it the link is as good as before.
      await accept({ token: tokenTo(email) }).expect(200);
    });
  });

  it('leaves nobody with another password than the one they chose, who accepts two at the same moment', async () => {
    const email = someone();
    await invite(email);
    const other = await service.workspace();
    const here = tokenTo(email);
    await service
      .http(other.admin.accessToken)
      .post('/v1/invitations')
      .send({ email, role: 'viewer' })
      .expect(201);
    const links = [
      { token: here, password: 'the first battery staple' },
      { token: tokenTo(email), password: 'quite another battery staple' },
    ];
    const answers = await Promise.all(
      links.map((link) => accept(link).then(({ status, body }) => [status, body.code])),
    );
    expect(answers.toSorted()).toEqual([
      [200, undefined],
      [409, 'password_already_set'],
    ]);
    const [chosen, refused] = answers[0]![0] === 200 ? links : links.toReversed();
    await accept({ token: refused!.token, password: chosen!.password }).expect(200);
    await service.http().post('/v1/auth/login').send({ email, password: chosen!.password }).expect(200);
  });
});
