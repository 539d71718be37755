import { startApp, type TestApp, type TestPerson } from '../support/app';
import { mailsTo, type SentMail } from '../support/outbox';
import { group, MappingScene } from '../support/role-mapping';
import { ScimClient } from '../support/scim-client';

const SUBJECT = /somebody became admin|people became admin/;

describe('Whoever becomes admin', () => {
  let app: TestApp;
  let the: MappingScene;
  let admin: ReturnType<TestApp['http']>;
  let second: TestPerson;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
    admin = the.asAdmin;
    second = await app.member(the.scene.workspace, 'admin');
  });

  const toldTo = (address: string): SentMail[] =>
    mailsTo(app, address).filter(({ subject }) => SUBJECT.test(subject));
  const viewer = () => app.member(the.scene.workspace, 'viewer');
  const change = (body: object) => admin.post('/v1/members/bulk').send(body).expect(200);
  const scim = async () => {
    const { body } = await admin.post('/v1/scim/tokens').send({ name: 'directory' }).expect(201);
    return new ScimClient(app, body.token as string);
  };

  /** Each way ends with the address of who is admin now. */
  const WAYS: [string, () => Promise<string>][] = [
    [
      'by a change by hand',
      async () => {
        const { memberId, email } = await viewer();
        await admin.patch(`/v1/members/${memberId}`).send({ role: 'admin' }).expect(200);
        return email;
      },
    ],
    [
      'by a change of many',
      async () => {
        const { memberId, email } = await viewer();
        await change({ ids: [memberId], change: { role: 'admin' } });
        return email;
      },
    ],
    [
      'by an invitation',
      async () => {
        const email = `invited@${the.scene.workspace.slug}.elsewhere.test`;
        await admin.post('/v1/invitations').send({ email, role: 'admin' }).expect(201);
        const token = new URL(/https?:\S+/.exec(mailsTo(app, email)[0]!.text)![0]).searchParams.get('token');
        await app
          .http()
          .post('/v1/invitations/accept')
          .send({ token, password: 'correct horse battery staple' })
          .expect(200);
        return email;
      },
    ],
    [
      'with a first sign-in through the provider',
      async () => {
        await the.save(group('ops', 'admin'));
        await the.signIn('ada', ['ops']);
        return the.emailOf('ada');
      },
    ],
    [
      'with a later sign-in, by a group of the provider',
      async () => {
        await the.save(group('ops', 'admin'));
        await the.signIn('ada', []);
        await the.signIn('ada', ['ops']);
        return the.emailOf('ada');
      },
    ],
    [
      'when rules are saved',
      async () => {
        await the.signIn('ada', ['ops']);
        await the.save(group('ops', 'admin'));
        return the.emailOf('ada');
      },
    ],
    [
      'by a group of a directory',
      async () => {
        const { memberId, email } = await viewer();
        await the.save({ source: 'scim_group', value: 'Board', role: 'admin' });
        await (await scim()).post('/Groups', { displayName: 'Board', members: [{ value: memberId }] });
        return email;
      },
    ],
    [
      'by being restored',
      async () => {
        const { memberId, email } = await app.member(the.scene.workspace, 'admin');
        await admin.delete(`/v1/members/${memberId}`).expect(204);
        await admin.post(`/v1/members/${memberId}/restore`).expect(200);
        return email;
      },
    ],
    [
      'by a directory that takes back what it took',
      async () => {
        const { memberId, email } = await app.member(the.scene.workspace, 'admin');
        const directory = await scim();
        for (const active of [false, true])
          await directory.patch(`/Users/${memberId}`, { op: 'replace', path: 'active', value: active });
        return email;
      },
    ],
  ];

  it.each(WAYS)(
    '%s is told of to every admin once, and recorded once at high risk',
    async (_way, becomeAdmin) => {
      const before = (await the.events('auth.role_escalated')).length;
      const email = await becomeAdmin();
      const events = (await the.events('auth.role_escalated')).slice(before);
      expect(events).toMatchObject([{ risk: 'high', data: { email } }]);
      for (const address of [the.admin.email, second.email, email]) {
        const [mail, ...more] = toldTo(address);
        expect({ address, more }).toEqual({ address, more: [] });
        expect(mail!.text).toContain(email);
        expect(mail!.text).toContain(`${app.baseUrl}/console`);
      }
    },
  );

  it('together with others is told of in one mail', async () => {
    await the.signIn('ada', ['ops']);
    await the.signIn('bob', ['ops']);
    await the.save(group('ops', 'admin'));
    const mails = toldTo(the.admin.email);
    expect(mails.map(({ subject }) => subject)).toEqual([
      `${the.scene.workspace.slug}: 2 people became admin`,
    ]);
    for (const subject of ['ada', 'bob']) expect(mails[0]!.text).toContain(the.emailOf(subject));
  });

  it('is not told of when it is only tried out, refused, or no escalation', async () => {
    const { memberId } = await viewer();
    await the.signIn('ada', ['ops']);
    await the.preview([group('ops', 'admin')]);
    await admin.patch(`/v1/members/${memberId}`).send({ role: 'editor' }).expect(200);
    await admin.patch(`/v1/members/${the.admin.memberId}`).send({ role: 'admin' }).expect(200);
    await app
      .http((await viewer()).accessToken)
      .patch(`/v1/members/${memberId}`)
      .send({ role: 'admin' })
      .expect(403);
    expect(toldTo(second.email)).toEqual([]);
  });
});
