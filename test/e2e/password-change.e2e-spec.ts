import { randomUUID } from 'node:crypto';
import { PasswordNotices } from '../../src/auth/password/change/password-notices.service';
import { PasswordHasher } from '../../src/auth/password/hashing/password-hasher';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enforceSso, prepareEnforcement } from '../support/enforcement';
import { enrol } from '../support/authenticator-app';
import { mailsTo, type SentMail } from '../support/outbox';
import { rounds } from '../support/rounds';

const NEXT = 'a purple door in the harbour';

describe('Another password', () => {
  let app: TestApp;
  let second: TestApp;
  let acme: TestWorkspace;
  let person: TestPerson;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({}, app);
  });
  beforeEach(async () => {
    acme = await app.workspace();
    person = await app.member(acme, 'editor');
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });

  const login = (password: string, email = person.email) =>
    app.http().post('/v1/auth/login').send({ email, password });
  const me = ({ accessToken }: { accessToken: string }, on = app) => on.http(accessToken).get('/v1/auth/me');
  const forgot = (body: object, on = app) => on.http().post('/v1/auth/password/forgot').send(body);
  const reset = (token: string, password = NEXT, on = app) =>
    on.http().post('/v1/auth/password/reset').send({ token, password });
  const settled = (): Promise<void[]> =>
    Promise.all([app, second].map((one) => one.app.get(PasswordNotices).settled()));
  const linkIn = ({ text }: SentMail): string | undefined => /\/login\/reset#(ghn_\w+)/.exec(text)?.[1];

  async function lettersTo(email: string): Promise<SentMail[]> {
    await settled();
    return mailsTo(app, email);
  }

  async function tokenFor(email: string): Promise<string> {
    await forgot({ email }).expect(202);
    return linkIn((await lettersTo(email)).at(-1)!)!;
  }

  /** The person in a second workspace, with a session there. */
  async function elsewhere(): Promise<{ globex: TestWorkspace; there: TestPerson }> {
    const globex = await app.workspace();
    await app.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'viewer', 'invitation')`,
      [globex.id, person.userId, person.email],
    );
    return { globex, there: await app.signIn(person.email, globex.slug) };
  }

  describe('of one’s own choice', () => {
    const change = (body: object, { accessToken } = person) =>
      app.http(accessToken).post('/v1/auth/password/change').send(body);

    it('ends nothing in another workspace whose log cannot say so', async () => {
      const { globex, there } = await elsewhere();
      await app.sql(
        `create function refuse_entry() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$`,
      );
      await app.sql(
        `create trigger refuse_entry before insert on audit_events for each row
           when (new.workspace_id = '${globex.id}') execute function refuse_entry()`,
      );
      try {
        await change({ currentPassword: PASSWORD, newPassword: NEXT }).expect(500);
      } finally {
        await app.sql('drop function refuse_entry cascade');
      }
      await me(there).expect(200);
      await login(NEXT).expect(401);
      await change({ currentPassword: PASSWORD, newPassword: NEXT }).expect(204);
      const [event, ...others] = await app.auditEvents(globex.id, 'auth.password_changed');
      expect(event).toMatchObject({ target_id: there.memberId, data: { sessionsEnded: 1, elsewhere: true } });
      expect(others).toEqual([]);
    });

    it('ends every other session everywhere, keeps this one, and is told by mail', async () => {
      const other = await app.signIn(person.email, acme.slug);
      const { globex, there } = await elsewhere();
      await change({ currentPassword: PASSWORD, newPassword: NEXT }).expect(204);
      await me(person).expect(200);
      for (const ended of [other, there]) await me(ended, second).expect(401);
      await app.http().post('/v1/auth/refresh').send({ refreshToken: other.refreshToken }).expect(401);
      await login(PASSWORD).expect(401);
      await login(NEXT).expect(200);
      expect((await lettersTo(person.email)).map(({ subject }) => subject)).toEqual([
        'Your password was changed',
      ]);
      const [event] = await app.auditEvents(acme.id, 'auth.password_changed');
      expect(event).toMatchObject({
        actor_id: person.userId,
        target_id: person.memberId,
        data: { sessionsEnded: 1 },
      });
      expect(await app.auditEvents(globex.id, 'auth.password_changed')).toMatchObject([
        { data: { sessionsEnded: 1, elsewhere: true } },
      ]);
    });

    it('needs the one of before, and must be good enough', async () => {
      const wrong = await change({ currentPassword: 'wrong', newPassword: NEXT }).expect(401);
      expect(wrong.body.code).toBe('invalid_credentials');
      expect(await app.auditEvents(acme.id, 'auth.login_failed')).toMatchObject([
        { data: { step: 'change_of_password', reason: 'wrong_password' } },
      ]);
      const short = await change({ currentPassword: PASSWORD, newPassword: 'k7#pLw2x' }).expect(400);
      expect(short.body).toMatchObject({ code: 'password_too_short', errors: [{ field: 'newPassword' }] });
      await change({ newPassword: NEXT }).expect(400);
      await app.http().post('/v1/auth/password/change').send({}).expect(401);
      await enrol(app, person.accessToken);
      await change({ currentPassword: PASSWORD, newPassword: 'k7#pLw2x' }).expect(204);
    });

    it('is made once when two are chosen at the same moment', async () => {
      const again = await app.signIn(person.email, acme.slug);
      const answers = await Promise.all([
        change({ currentPassword: PASSWORD, newPassword: NEXT }),
        change({ currentPassword: PASSWORD, newPassword: `${NEXT} too` }, again),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    });

    it('comes by mail for somebody who has none', async () => {
      await app.sql('update users set password_hash = null where id = $1', [person.userId]);
      const { body } = await change({ currentPassword: PASSWORD, newPassword: NEXT }).expect(409);
      expect(body.code).toBe('no_password');
      await reset(await tokenFor(person.email)).expect(204);
      await login(NEXT).expect(200);
    });
  });

  describe('by a link from the mail', () => {
    it('mends an account whose stored hash nothing can read: until then every password is a wrong one', async () => {
      const wrong = await login('wrong').expect(401);
      for (const damaged of ['$argon2id$garbage', '']) {
        await app.sql('update users set password_hash = $2 where id = $1', [person.userId, damaged]);
        const refused = await login(PASSWORD).expect(401);
        expect({ ...refused.body, instance: '' }).toEqual({ ...wrong.body, instance: '' });
        await reset(await tokenFor(person.email)).expect(204);
        await login(NEXT).expect(200);
      }
    });

    it('signs nobody in, ends all sessions everywhere, and is told by mail', async () => {
      const { globex, there } = await elsewhere();
      const token = await tokenFor(person.email);
      const devices = () =>
        app.sql('select device_hash from known_devices where user_id = $1', [person.userId]);
      const before = await devices();
      const answer = await reset(token).expect(204);
      expect(answer.headers['set-cookie']?.[0]).toMatch(/^gatehouse_device=/);
      // Whoever knew the old password may have signed in by it from a device of theirs.
      expect(before).not.toEqual([]);
      expect(await devices()).toHaveLength(1);
      expect(before).not.toContainEqual((await devices())[0]);
      for (const ended of [person, there]) await me(ended, second).expect(401);
      await app.http().post('/v1/auth/refresh').send({ refreshToken: there.refreshToken }).expect(401);
      await login(PASSWORD).expect(401);
      await login(NEXT).expect(200);
      const subjects = (await lettersTo(person.email)).map(({ subject }) => subject);
      expect(subjects).toEqual(['Choose a new password', 'Your password was changed']);
      expect(await app.auditEvents(acme.id, 'auth.password_reset_requested')).toMatchObject([
        { actor_type: 'system', target_id: person.memberId },
      ]);
      expect(await app.auditEvents(acme.id, 'auth.password_reset')).toMatchObject([
        { risk: 'high', actor_id: person.userId, data: { sessionsEnded: 1 } },
      ]);
      expect(await app.auditEvents(globex.id, 'auth.password_reset')).toMatchObject([
        { data: { elsewhere: true } },
      ]);
      const stored = JSON.stringify(await app.sql('select * from password_resets'));
      expect(stored).not.toContain(token.slice(-20));
    });

    it('works once: of thirty at the same moment, on two instances, one succeeds', async () => {
      for (let round = 0; round < rounds({ always: 1, nightly: 30 }); round += 1) {
        const [one, other] = [await tokenFor(person.email), await tokenFor(person.email)];
        const answers = await Promise.all(
          Array.from({ length: 30 }, (_, index) =>
            reset(index % 3 ? one : other, `${NEXT} ${index}`, index % 2 ? app : second),
          ),
        );
        expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
        for (const { status, body } of answers.filter((answer) => answer.status !== 204))
          expect([status, body.code]).toEqual([400, 'reset_link_invalid']);
        await login(`${NEXT} ${answers.findIndex(({ status }) => status === 204)}`).expect(200);
      }
    });

    it('does not get around a second factor', async () => {
      await enrol(app, person.accessToken);
      await reset(await tokenFor(person.email)).expect(204);
      expect((await login(NEXT).expect(200)).body.status).toBe('mfa_required');
    });

    it('is refused alike when it is wrong, has run out, or belongs to somebody who left', async () => {
      const [expired, left] = [await tokenFor(person.email), await tokenFor(acme.admin.email)];
      const longer = `select 1 from password_resets where expires_at > now() + interval '30 minutes'`;
      expect(await app.sql(longer)).toEqual([]);
      await app.sql(
        `update password_resets set expires_at = now() - interval '1 second' where member_id = $1`,
        [person.memberId],
      );
      await app.member(acme, 'admin');
      await app.sql(`update members set removed_at = now() where id = $1`, [acme.admin.memberId]);
      const unclaimed = await app.member(acme, 'viewer');
      const theirs = await tokenFor(unclaimed.email);
      await app.sql('update users set email_claimed = false where id = $1', [unclaimed.userId]);
      for (const token of [expired, left, theirs, `${expired.slice(0, -1)}x`, 'ghn_', '']) {
        const { body } = await reset(token).expect(400);
        expect(body.code).toBe('reset_link_invalid');
      }
      await reset(await tokenFor(person.email), 'password12345678').expect(400);
    });

    it('dies with the membership, as the receipt says', async () => {
      await tokenFor(person.email);
      const admin = app.http(acme.admin.accessToken);
      await admin.delete(`/v1/members/${person.memberId}`).expect(204);
      const { body } = await admin.get(`/v1/members/${person.memberId}/offboarding`).expect(200);
      expect(body.ended).toEqual(
        expect.arrayContaining([expect.objectContaining({ kind: 'password_reset' })]),
      );
    });

    it('is asked for with one answer, whoever is or is not known', async () => {
      const answers = [
        await forgot({ email: person.email }),
        await forgot({ email: `${randomUUID()}@nowhere.test` }),
        await forgot({ email: person.email, workspace: 'no-such' }),
        await forgot({ email: ` ${person.email.toUpperCase()} ` }),
      ];
      for (const { status, text } of answers) expect([status, text]).toEqual([202, '']);
      expect((await lettersTo(person.email)).map(linkIn).filter(Boolean)).toHaveLength(2);
      await forgot({ email: 'nobody' }).expect(400);
    });

    it('goes nowhere where single sign-on is enforced; a mail says how to sign in', async () => {
      const token = await tokenFor(person.email);
      const admin = await enforceSso(app, acme);
      expect((await reset(token).expect(403)).body.code).toBe('sso_required');
      await forgot({ email: person.email }).expect(202);
      const last = (await lettersTo(person.email)).at(-1)!;
      expect(last.subject).toBe('You sign in through your company');
      expect(linkIn(last)).toBeUndefined();
      const { body } = await app
        .http(admin.accessToken)
        .post(`/v1/members/${person.memberId}/password-reset`)
        .expect(409);
      expect(body.code).toBe('password_unusable');
    });

    describe('as the rules are once the slow hash is done', () => {
      /** What happens while the service hashes the password of the next link. */
      const whileHashing = (deed: () => Promise<unknown>): void => {
        const hasher = app.app.get(PasswordHasher);
        const hash = hasher.hash.bind(hasher);
        jest.spyOn(hasher, 'hash').mockImplementationOnce(async (password) => {
          await deed();
          return hash(password);
        });
      };
      const refusalOf = async (token: string): Promise<unknown[]> => {
        const { status, body } = await reset(token);
        return [status, body.code];
      };

      it('is of no use to whoever was taken out', async () => {
        const token = await tokenFor(person.email);
        whileHashing(() =>
          app.http(acme.admin.accessToken).delete(`/v1/members/${person.memberId}`).expect(204),
        );
        expect(await refusalOf(token)).toEqual([400, 'reset_link_invalid']);
      });

      it('is of no use once single sign-on is enforced', async () => {
        const token = await tokenFor(person.email);
        whileHashing(() => enforceSso(app, acme));
        expect(await refusalOf(token)).toEqual([403, 'sso_required']);
      });

      it('is of use to a break-glass admin as long as they are one', async () => {
        const first = await prepareEnforcement(app, acme);
        const second = await app.member(acme, 'admin');
        await enrol(app, second.accessToken);
        const asFirst = app.http(first.accessToken);
        const sso = { enforced: true, breakGlassMemberIds: [first.memberId, second.memberId] };
        const nameBoth = () => asFirst.patch('/v1/workspace/policy').send({ sso }).expect(200);
        await nameBoth();
        const become = (role: string) =>
          asFirst.patch(`/v1/members/${second.memberId}`).send({ role }).expect(200);
        const token = await tokenFor(second.email);
        whileHashing(() => become('editor'));
        expect(await refusalOf(token)).toEqual([403, 'sso_required']);
        // The link of the refused attempt is not used up; being admin again is not enough for it.
        await become('admin');
        expect(await refusalOf(token)).toEqual([403, 'sso_required']);
        await nameBoth();
        await reset(token).expect(204);
      });
    });

    it('can be started by an admin, who chooses nothing and sees nothing', async () => {
      const start = (id: string, { accessToken } = acme.admin) =>
        app.http(accessToken).post(`/v1/members/${id}/password-reset`);
      expect((await start(person.memberId).expect(202)).text).toBe('');
      await start(acme.admin.memberId, person).expect(403);
      const letter = (await lettersTo(person.email)).at(-1)!;
      expect(letter.text).toContain(`An admin of ${acme.slug}`);
      await login(PASSWORD).expect(200);
      await reset(linkIn(letter)!).expect(204);
      expect(await app.auditEvents(acme.id, 'auth.password_reset_requested')).toMatchObject([
        { actor_id: acme.admin.userId, target_id: person.memberId },
      ]);

      // Of whom nobody has proved the address, mail says nothing; whoever is out comes back first.
      await app.sql('update users set email_claimed = false where id = $1', [person.userId]);
      expect((await start(person.memberId).expect(409)).body.code).toBe('password_unusable');
      await app.http(acme.admin.accessToken).delete(`/v1/members/${person.memberId}`).expect(204);
      expect((await start(person.memberId).expect(409)).body.code).toBe('member_removed');
      expect((await lettersTo(person.email)).map(linkIn).filter(Boolean)).toHaveLength(1);
    });

    it('goes to the address that was proved, whatever the workspace calls the member', async () => {
      await app.sql(`update members set email = 'eve@evil.test' where id = $1`, [person.memberId]);
      await app
        .http(acme.admin.accessToken)
        .post(`/v1/members/${person.memberId}/password-reset`)
        .expect(202);
      expect(await lettersTo('eve@evil.test')).toEqual([]);
      expect(await lettersTo(person.email)).toHaveLength(1);
    });

    it('can be followed on pages', async () => {
      const page = (path: string) => app.http().get(path).set('accept', 'text/html');
      const post = (path: string, form: object) => app.http().post(path).type('form').send(form);
      expect((await page('/login/password').expect(200)).text).toContain('href="/login/forgot"');
      await page('/login/forgot').expect(200);
      expect((await post('/login/forgot', { email: person.email }).expect(202)).text).toContain(
        'Look into your mail',
      );
      const token = linkIn((await lettersTo(person.email)).at(-1)!)!;
      const form = await page('/login/reset').expect(200);
      expect(form.headers['content-security-policy']).toMatch(/script-src 'sha256-/);
      const again = await post('/login/reset', { token, password: 'password12345678' }).expect(400);
      expect(again.text).toContain(token);
      expect(again.text).toContain('role="alert"');
      await post('/login/reset', { token, password: NEXT }).expect(200);
      expect((await post('/login/reset', { token, password: NEXT }).expect(400)).text).toContain(
        'Send the link',
      );
    });
  });
});

describe('Asking for links', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ RATE_LIMITS: 'on' });
  });
  afterAll(() => app?.close());

  it('fills nobody’s mailbox', async () => {
    const { admin } = await app.workspace();
    for (let round = 0; round < 5; round += 1)
      await app.http().post('/v1/auth/password/forgot').send({ email: admin.email }).expect(202);
    await app.app.get(PasswordNotices).settled();
    expect(mailsTo(app, admin.email)).toHaveLength(3);
  });
});
