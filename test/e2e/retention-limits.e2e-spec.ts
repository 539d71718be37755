import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

describe('A row leaves when docs/retention.md says so, and not a minute before', () => {
  let app: TestApp;
  let acme: TestWorkspace;

  afterAll(() => app?.close());

  /** What there is to refer to, and when the row was over. */
  interface Given {
    readonly connection: string;
    readonly conflict: string;
    readonly factor: string;
    readonly key: string;
    readonly member: string;
    readonly user: string;
    readonly over: string;
  }
  type Row = (given: Given) => Readonly<Record<string, string>>;
  const SIGN_INS = 'auth.forget_sign_ins';
  const DEVICES = 'auth.forget_devices';
  const UNIQUE = 'sha256(gen_random_uuid()::text::bytea)';

  let given: Omit<Given, 'over'>;
  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
    const ada = await app.member(acme, 'editor');
    const insert = async (table: string, columns: string, values: string) =>
      (
        await app.sql<{ id: string }>(
          `insert into ${table} (workspace_id, ${columns}) values ('${acme.id}', ${values}) returning id`,
        )
      )[0]!.id;
    const [member, user] = [`'${ada.memberId}'`, `'${ada.userId}'`];
    const connection = `'${await insert('sso_connections', 'type, name, provider', `'oidc', 'Acme', 'generic'`)}'`;
    const about = `${connection}, 'i', 's', 'ada@acme.test', ${member}`;
    const conflict = await insert(
      'identity_conflicts',
      'connection_id, issuer, subject, email, member_id',
      about,
    );
    const factor = await insert('factors', 'member_id, type', `${member}, 'webauthn'`);
    const { body: key } = await app
      .http(acme.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'k', scopes: ['runs:read'] })
      .expect(201);
    given = {
      connection,
      member,
      user,
      conflict: `'${conflict}'`,
      factor: `'${factor}'`,
      key: `'${key.id}'`,
    };
  });

  it.each<[table: string, job: string, kept: string, row: Row]>([
    [
      'sign_in_requests',
      SIGN_INS,
      '1 day',
      ({ connection, over }) => ({
        ...{ connection_id: connection, browser_hash: `'x'`, nonce: `'n'`, sealed_code_verifier: `'v'` },
        expires_at: over,
      }),
    ],
    [
      'sign_in_codes',
      SIGN_INS,
      '1 day',
      ({ member, over }) => ({
        ...{ member_id: member, secret_hash: `'x'`, method: `'saml'`, authenticated_at: 'now()' },
        expires_at: over,
      }),
    ],
    [
      'mfa_challenges',
      SIGN_INS,
      '1 day',
      ({ member, over }) => ({ member_id: member, secret_hash: `'x'`, expires_at: over }),
    ],
    [
      'factor_challenges',
      SIGN_INS,
      '1 day',
      ({ factor, over }) => ({
        ...{ factor_id: factor, purpose: `'enrolment'`, bound_to: factor, answer_hash: `'x'` },
        expires_at: over,
      }),
    ],
    [
      'link_proofs',
      SIGN_INS,
      '1 day',
      ({ connection, conflict, member, over }) => ({
        ...{ connection_id: connection, issuer: `'i'`, subject: `'s'`, member_id: member },
        ...{ conflict_id: conflict, browser_hash: `'x'`, expires_at: over },
      }),
    ],
    [
      'logout_requests',
      SIGN_INS,
      '1 day',
      ({ connection, over }) => ({ connection_id: connection, expires_at: over }),
    ],
    [
      'password_resets',
      SIGN_INS,
      '1 day',
      ({ member, over }) => ({ member_id: member, secret_hash: `'x'`, expires_at: over }),
    ],
    ['passkey_challenges', SIGN_INS, '1 day', ({ over }) => ({ hash: UNIQUE, expires_at: over })],
    [
      'saml_replays',
      SIGN_INS,
      '0 days',
      ({ connection, over }) => ({
        ...{ connection_id: connection, assertion_id: 'gen_random_uuid()::text', expires_at: over },
      }),
    ],
    [
      'oidc_logout_tokens',
      SIGN_INS,
      '0 days',
      ({ connection, over }) => ({ connection_id: connection, jti_hash: UNIQUE, expires_at: over }),
    ],
    [
      'used_signals',
      SIGN_INS,
      '0 days',
      ({ connection, over }) => ({
        ...{ connection_id: connection, kind: `'ssf'`, jti_hash: UNIQUE, expires_at: over },
      }),
    ],
    [
      'provider_endings',
      SIGN_INS,
      '0 days',
      ({ connection, over }) => ({
        ...{ connection_id: connection, name_hash: UNIQUE, said_at: 'now()', expires_at: over },
      }),
    ],
    ['sign_in_attempts', SIGN_INS, '1 hour', ({ over }) => ({ key: UNIQUE, attempts: '1', resets_at: over })],
    [
      'known_devices',
      DEVICES,
      '400 days',
      ({ user, over }) => ({ user_id: user, device_hash: UNIQUE, last_seen_at: over }),
    ],
    [
      'member_devices',
      DEVICES,
      '400 days',
      ({ member, over }) => ({
        ...{ member_id: member, key_hash: UNIQUE, first_seen_at: `now() - interval '3 years'` },
        last_seen_at: over,
      }),
    ],
    [
      'identity_conflicts',
      DEVICES,
      '1 year',
      ({ connection, member, over }) => ({
        ...{ connection_id: connection, issuer: `'i'`, subject: 'gen_random_uuid()::text', email: `'e'` },
        ...{ member_id: member, last_seen_at: `now() - interval '3 years'`, resolution: `'dismissed'` },
        resolved_at: over,
      }),
    ],
    [
      'mails',
      'mail.forget',
      '30 days',
      ({ over }) => ({
        ...{ about_id: 'gen_random_uuid()', status: `'sent'`, created_at: `now() - interval '3 years'` },
        closed_at: over,
      }),
    ],
    [
      'rate_limits',
      'rate_limits.sweep',
      '0 days',
      ({ over }) => ({ key: 'gen_random_uuid()::text', expire: `extract(epoch from ${over}) * 1000` }),
    ],
  ])('%s', async (table, job, kept, row) => {
    const [column] = Object.keys(row({ ...given, over: '' })).slice(-1) as [string];
    const belongs = await app.sql(
      `select from information_schema.columns where table_name = $1 and column_name = 'workspace_id'`,
      [table],
    );
    const insert = async (over: string) => {
      const columns = {
        ...(belongs.length > 0 && { workspace_id: `'${acme.id}'` }),
        ...row({ ...given, over }),
      };
      const [inserted] = await app.sql<{ place: string }>(
        `insert into ${table} (${Object.keys(columns).join(', ')}) values (${Object.values(columns).join(', ')})
         returning ${column}::text as place`,
      );
      return inserted!.place;
    };
    const [tooOld, youngEnough] = [
      await insert(`now() - interval '${kept}' - interval '1 minute'`),
      await insert(`now() - interval '${kept}' + interval '1 minute'`),
    ];
    await app.app.get(Schedule).run(job, new Date());
    const left = await app.sql<{ place: string }>(
      `select ${column}::text as place from ${table} where ${column}::text = any($1)`,
      [[tooOld, youngEnough]],
    );
    expect(left).toEqual([{ place: youngEnough }]);
  });

  it('login_attempts', async () => {
    const begun = async (ago: string) => {
      const [row] = await app.sql<{ id: string }>(
        `with age as (select lpad(to_hex((extract(epoch from now() - $1::interval) * 1000)::bigint), 12, '0') as hex)
         insert into login_attempts (workspace_id, id, connection_id, kind, status, revision)
         select $2, (hex || '7' || substr(gen_random_uuid()::text, 16, 3) || '8000' || substr(gen_random_uuid()::text, 25))::uuid,
                ${given.connection}, 'production', 'failed', 1 from age returning id`,
        [ago, acme.id],
      );
      return row!.id;
    };
    await begun('30 days 1 minute');
    const young = await begun('30 days -1 minute');
    await app.app.get(Schedule).run('sso.forget_attempts', new Date());
    expect(await app.sql('select id from login_attempts')).toEqual([{ id: young }]);
  });

  it('api_key_usage', async () => {
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    for (const days of [399, 400, 401])
      await app.sql(
        `insert into api_key_usage (workspace_id, key_id, day, calls) values ($1, ${given.key}, $2, 1)`,
        [acme.id, daysAgo(days)],
      );
    await app.app.get(Schedule).run('api_keys.forget_usage', new Date());
    const left = await app.sql(
      `select day::text from api_key_usage where key_id = ${given.key} order by day desc`,
    );
    expect(left).toEqual([{ day: daysAgo(399) }, { day: daysAgo(400) }]);
  });
});
