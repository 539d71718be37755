import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { OneSpellingOfAddresses1764000000058 } from '../../migrations/0058-one-spelling-of-addresses';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';

/** As they were written before domains had one spelling. */
describe('Addresses in a domain of another script, from before', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let source: DataSource;
  const name = (): string => randomUUID().slice(0, 8);

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
    source = await new DataSource({ type: 'postgres', url: app.databaseUrl }).initialize();
  });
  afterAll(async () => {
    await source?.destroy();
    await app?.close();
  });

  const migrate = async (): Promise<void> => {
    const runner = source.createQueryRunner();
    await new OneSpellingOfAddresses1764000000058().up(runner);
    await runner.release();
  };
  const login = (email: string) => app.http().post('/v1/auth/login').send({ email, password: PASSWORD });
  /** A member, as an older version kept them. */
  const from = async (local: string): Promise<{ memberId: string; userId: string }> => {
    const person = await app.member(acme, 'viewer');
    const old = `${local}@bücher.example`;
    await app.sql('update users set email = $2 where id = $1', [person.userId, old]);
    await app.sql('update members set email = $2, user_name = $2 where id = $1', [person.memberId, old]);
    return person;
  };
  const addressesOf = async ({ memberId, userId }: { memberId: string; userId: string }) => {
    const [row] = await app.sql<{ user: string; member: string }>(
      'select u.email as "user", m.email as member from users u, members m where u.id = $1 and m.id = $2',
      [userId, memberId],
    );
    return [row!.user, row!.member];
  };

  it('are found again once they are spelled as DNS does, however often that is done', async () => {
    const local = name();
    const person = await from(local);
    const invited = `${name()}@bücher.example`;
    await app.http(acme.admin.accessToken).post('/v1/invitations').send({ email: invited, role: 'viewer' });
    await app.sql('update invitations set email = $1 where workspace_id = $2', [invited, acme.id]);
    await login(`${local}@bücher.example`).expect(401);

    await migrate();
    await migrate();
    expect(await addressesOf(person)).toEqual(Array(2).fill(`${local}@xn--bcher-kva.example`));
    await login(`${local}@bücher.example`).expect(200);
    await login(`${local}@xn--bcher-kva.example`).expect(200);
    const again = await app
      .http(acme.admin.accessToken)
      .post('/v1/invitations')
      .send({ email: invited, role: 'viewer' })
      .expect(409);
    expect(again.body.code).toBe('already_invited');
  });

  it('stay where another account has the usual spelling already: neither takes over the other', async () => {
    const local = name();
    const newer = await app.member(acme, 'editor', { email: `${local}@xn--bcher-kva.example` });
    const older = await from(local);
    const strange = await from(name());
    await app.sql(`update users set email = 'x@ü..a' where id = $1`, [strange.userId]);
    await migrate();
    expect(await addressesOf(older)).toEqual(Array(2).fill(`${local}@bücher.example`));
    expect(await addressesOf(newer)).toEqual(Array(2).fill(`${local}@xn--bcher-kva.example`));
    await login(`${local}@bücher.example`).expect(200);
  });

  it('leaves the tables as confined as before', async () => {
    const open = await app.sql(
      `select relname from pg_class where relname in ('members', 'member_other_emails', 'invitations')
          and not (relrowsecurity and relforcerowsecurity)`,
    );
    expect(open).toEqual([]);
  });
});
