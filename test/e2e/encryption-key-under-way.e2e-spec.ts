import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { IdTokenHints } from '../../src/auth/oidc/logout/id-token-hints';
import type { OidcConnection } from '../../src/auth/oidc/oidc-attempt';
import { uuidV7 } from '../../src/crypto/uuid-v7';
import { Keyring } from '../../src/crypto/keyring';
import { SigningKeyStore } from '../../src/auth/tokens/signing-key-store.service';
import { Rewrapping } from '../../src/secrets/rotation/rewrapping.service';
import { startApp, type TestApp } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { cookieOf, FederatedSignIn, loginOf } from '../support/federated-sign-in';

const [OLD, NEW] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const APPLICATION = 'https://app.example/callback';
const ID_TOKEN = 'header.payload.signature';

/** Those who are signing in when the key changes, and the keys that sign no more. */
describe('When the encryption key changes', () => {
  let before: TestApp;
  let after: TestApp;

  beforeAll(async () => {
    before = await startApp({
      ENCRYPTION_KEY: OLD,
      ENCRYPTION_KEY_PREVIOUS: NEW,
      APP_REDIRECT_URIS: APPLICATION,
    });
    after = await startApp({ ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: OLD }, before);
  });
  afterAll(async () => {
    await after?.close();
    await before?.close();
  });

  const rewrapped = () => after.app.get(Rewrapping, { strict: false }).finish();
  /** The service without the key of before. */
  const withoutOld = async (work: (service: TestApp) => Promise<void>): Promise<void> => {
    const service = await startApp({ ENCRYPTION_KEY: NEW }, before);
    await work(service).finally(() => service.close());
  };

  it('nobody has to sign in anew, at whichever step they are, nor is asked by their provider who leaves', async () => {
    const federated = new FederatedSignIn(before);
    const { workspace, domain, connection } = await federated.scene();
    const oidc = { id: connection.id, oidc: { endSessionEndpoint: 'https://idp.example/logout' } };
    const hints = (service: TestApp) => service.app.get(IdTokenHints, { strict: false });
    const arrive = async (subject: string) => {
      const begun = await federated.browser.begin(connection, { redirectUri: APPLICATION });
      const request = await federated.browser.consume(connection, begun.id, cookieOf(begun.setCookie));
      const logoutHint = hints(before).seal(oidc as OidcConnection, ID_TOKEN)!;
      const login = loginOf(subject, `${subject}@${domain}`, { amr: ['pwd'], logoutHint });
      return federated.browser.finish(connection, request, login);
    };
    const exchange = async (step: Awaited<ReturnType<typeof arrive>>): Promise<string> => {
      const code = 'location' in step ? new URL(step.location).searchParams.get('code') : undefined;
      const { body } = await before.http().post('/v1/auth/token').send({ code }).expect(200);
      return (body as { accessToken: string }).accessToken;
    };

    await enrol(before, await exchange(await arrive('ada')));
    await arrive('grace');
    await before
      .http(workspace.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ mfa: { required: 'all' } })
      .expect(200);
    await arrive('ada');
    const leaving = await federated.browser.begin(connection, {});

    expect(await rewrapped()).toMatchObject({ unreadable: 0, waiting: 0 });
    await withoutOld(async (service) => {
      for (const table of ['sessions', 'sign_in_codes', 'mfa_challenges']) {
        const kept = await service.sql<{ hint: Record<string, string> }>(
          `select logout_hint as hint from ${table} where logout_hint is not null and workspace_id = $1`,
          [workspace.id],
        );
        const opened = kept.map(({ hint }) => hints(service).open(connection, hint));
        expect({ table, opened: [...new Set(opened)] }).toEqual({ table, opened: [ID_TOKEN] });
      }
      const back = new FederatedSignIn(service).browser.consume(
        ...([connection, leaving.id, cookieOf(leaving.setCookie)] as const),
      );
      expect(await back).toMatchObject({ codeVerifier: expect.stringMatching(/^[\w-]{43,}$/) });
    });
  });

  it('the signing keys that have lost their private part are no texts that open under no key', async () => {
    const store = before.app.get(SigningKeyStore, { strict: false });
    const { kid } = (await store.states())[0]!;
    await store.publish({ atOnce: true });
    expect(await store.revoke(kid)).toBe(true);
    expect(await rewrapped()).toMatchObject({ unreadable: 0, waiting: 0 });
  });

  it('what opens under no key is counted, and keeps nothing else from being sealed anew', async () => {
    const workspace = await before.workspace();
    const lost = await before.workspace();
    for (const { admin } of [workspace, lost])
      await before.http(admin.accessToken).post('/v1/secrets').send({ name: 's', value: 'v' }).expect(201);
    await before.sql(
      `update data_keys set wrapped = replace(wrapped, split_part(wrapped, '.', 2), '00000000') where workspace_id = $1`,
      [lost.id],
    );
    expect(await rewrapped()).toMatchObject({ unreadable: 1, waiting: 0 });
    await withoutOld(async (service) => {
      const admin = service.http(workspace.admin.accessToken);
      const { body } = await admin.get('/v1/secrets').expect(200);
      await admin.post(`/v1/secrets/${body.data[0].id}/reveal`).expect(200);
    });
  });

  it('each of many rows is looked at a few times, however many others there are', async () => {
    const MANY = 6_000;
    const { id: workspaceId } = await before.workspace();
    const keyring = new Keyring(Buffer.from(OLD, 'base64'));
    const ids = Array.from({ length: MANY }, () => uuidV7());
    const sealed = ids.map((id) => keyring.seal('a key', `audit_people|${workspaceId}|${id}`));
    await before.sql(
      `insert into audit_people (workspace_id, id, sealed_key) select $1, * from unnest($2::uuid[], $3::text[])`,
      [workspaceId, ids, sealed],
    );
    await before.sql('analyze audit_people');
    const lookedAt = async (): Promise<number> => {
      await before.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'gatehouse'`,
      );
      await pause(500); // for what they counted to be handed in
      const [row] = await before.sql<{ count: string }>(
        `select seq_tup_read + coalesce(idx_tup_fetch, 0) as count from pg_stat_user_tables
          where relname = 'audit_people'`,
      );
      return Number(row!.count);
    };
    const first = await lookedAt();
    expect((await rewrapped()).rewrapped).toBeGreaterThanOrEqual(MANY);
    expect((await lookedAt()) - first).toBeLessThan(20 * MANY);
    expect(
      await before.sql(
        'select 1 from audit_people where workspace_id = $1 and not starts_with(sealed_key, $2)',
        [workspaceId, new Keyring(Buffer.from(NEW, 'base64')).prefix],
      ),
    ).toEqual([]);
  });
});
