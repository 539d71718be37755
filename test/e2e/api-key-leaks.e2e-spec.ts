import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueCredential } from '../../src/crypto/credential';
import { AdminMail } from '../../src/mail/admin-mail';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

interface Report {
  readonly key: KeyObject;
  readonly id: string;
  readonly app: TestApp;
  /** What is signed and what is sent; ordinarily both are the body. */
  readonly signed: string;
  readonly sent: string;
}

describe('A leaked API key', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp({ SECRET_SCANNING_PUBLIC_KEYS: pem(publicKey) });
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const create = async (by = admin) =>
    (
      await by
        .post('/v1/api-keys')
        .send({ name: 'deploy', scopes: ['members:read'] })
        .expect(201)
    ).body as { id: string; key: string };
  const use = (key: string) => service.withKey(key).get('/v1/members');
  const found = (token: string) => ({
    token,
    type: 'gatehouse_api_key',
    url: 'https://github.com/acme/app/blob/main/.env',
    source: 'content',
  });
  const report = (
    body: unknown,
    { key = privateKey, id = 'k1', app = service, signed, sent }: Partial<Report> = {},
  ) => {
    const text = signed ?? JSON.stringify(body);
    return app
      .http()
      .post('/v1/api-keys/leaks')
      .set('content-type', 'application/json')
      .set('github-public-key-identifier', id)
      .set('github-public-key-signature', sign('sha256', Buffer.from(text), key).toString('base64'))
      .send(sent ?? text);
  };

  it('is revoked when a partner reports it, and everybody concerned hears of it', async () => {
    const maker = await service.member(workspace, 'admin');
    const { id, key } = await create(service.http(maker.accessToken));
    await admin.patch(`/v1/members/${maker.memberId}`).send({ role: 'editor' }).expect(200);
    const lookalike = issueCredential('gh', workspace.id, id).text;
    const { body } = await report([found(key), found(lookalike), found('gh_nonsense')]).expect(200);
    const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
    expect(body).toEqual([
      { token_hash: hash(key), token_type: 'gatehouse_api_key', label: 'true_positive' },
      { token_hash: hash(lookalike), token_type: 'gatehouse_api_key', label: 'false_positive' },
      { token_hash: hash('gh_nonsense'), token_type: 'gatehouse_api_key', label: 'false_positive' },
    ]);
    await use(key).expect(401);
    expect((await admin.get(`/v1/api-keys/${id}`)).body).toMatchObject({
      status: 'revoked',
      revokeReason: 'leaked',
    });
    expect(await service.auditEvents(workspace.id, 'api_key.leaked')).toMatchObject([
      { risk: 'critical', target_id: id, data: { name: 'deploy', foundBy: 'partner', source: 'content' } },
    ]);
    expect(await service.auditEvents(workspace.id, 'api_key.revoked')).toHaveLength(1);
    await service.app.get(AdminMail).settled();
    for (const email of [maker.email, workspace.admin.email]) {
      const mails = mailsTo(service, email).filter(({ subject }) => subject.includes('was leaked'));
      expect(mails).toMatchObject([{ text: expect.stringContaining('blob/main/.env') }]);
      expect(JSON.stringify(mails)).not.toContain(key.slice(48, 90));
    }

    // What is known already is no news, but still true.
    const again = await report([found(key)]).expect(200);
    expect(again.body).toMatchObject([{ label: 'true_positive' }]);
    expect(await service.auditEvents(workspace.id, 'api_key.leaked')).toHaveLength(1);
  });

  it('is told of to the admins alone where whoever made it has left', async () => {
    const kept = { apiKeys: { onMemberRemoval: 'keep' } };
    await admin.patch('/v1/workspace/policy').send(kept).expect(200);
    const maker = await service.member(workspace, 'admin');
    const { key } = await create(service.http(maker.accessToken));
    await admin.patch(`/v1/members/${maker.memberId}`).send({ role: 'viewer' }).expect(200);
    await admin.delete(`/v1/members/${maker.memberId}`).expect(204);
    await report([found(key)]).expect(200);
    await service.app.get(AdminMail).settled();
    const toldTo = (email: string) =>
      mailsTo(service, email).filter(({ subject }) => subject.includes('was leaked')).length;
    expect([toldTo(workspace.admin.email), toldTo(maker.email)]).toEqual([1, 0]);
  });

  it('stays as it is when the report is not signed by the partner, or is not what was signed', async () => {
    const { key } = await create();
    const refused = [
      report([found(key)], { key: stranger }),
      // Signed with a space that the body then has not.
      report([found(key)], {
        signed: `${JSON.stringify([found(key)])} `,
        sent: JSON.stringify([found(key)]),
      }),
      service
        .http()
        .post('/v1/api-keys/leaks')
        .send([found(key)]),
      report([found(key)]).set('github-public-key-signature', 'AAAA'),
    ];
    for (const request of refused) {
      const { body } = await request.expect(401);
      expect(body.code).toBe('invalid_signature');
    }
    await use(key).expect(200);
  });

  it.each([{ not: 'a list' }, [{ type: 'x' }], [{ token: 1, type: 'x' }], ['gh_x'], [null]])(
    'is not looked for in %j',
    async (body) => {
      expect((await report(body).expect(400)).body.code).toBe('validation_failed');
    },
  );

  it('is ended by whoever holds it, who learns nothing about texts that are none', async () => {
    const { id, key } = await create();
    const end = (text: unknown) => service.http().post('/v1/api-keys/revoke-leaked').send({ key: text });
    const answers = [];
    for (const text of [key, key, issueCredential('gh', workspace.id, id).text, 'nonsense', ''])
      answers.push((await end(text).expect(202)).body);
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"status":"accepted"}']),
    );
    await use(key).expect(401);
    expect(await service.auditEvents(workspace.id, 'api_key.leaked')).toMatchObject([
      { actor_type: 'api_key', actor_id: id, ip: '127.0.0.1', data: { foundBy: 'holder' } },
    ]);
    for (const wrong of [undefined, 7, 'x'.repeat(5000)]) await end(wrong).expect(400);
  });

  it('is ended once by thirty reports at the same time', async () => {
    const { key } = await create();
    const answers = await Promise.all(Array.from({ length: 30 }, () => report([found(key)])));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await service.auditEvents(workspace.id, 'api_key.leaked')).toHaveLength(1);
  });

  it('is known by its form alone, without asking anybody', async () => {
    const check = async (key: string): Promise<boolean> =>
      (await service.http().post('/v1/api-keys/check').send({ key }).expect(200)).body.recognised;
    const { key } = await create();
    expect(await check(key)).toBe(true);
    // Never issued, and written correctly.
    expect(await check(issueCredential('gh', workspace.id, workspace.id).text)).toBe(true);
    for (const wrong of [key.slice(0, -1), `${key}0`, key.replace('gh_', 'gx_'), key.slice(0, -1) + '!', ''])
      expect(await check(wrong)).toBe(false);
    expect(await check(key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A'))).toBe(false);
  });

  describe('is reported by partners whose keys', () => {
    let directory: string;
    let publisher: Server;
    let published: object;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'partner-keys-'));
      publisher = createServer((_, answer) => answer.end(JSON.stringify(published))).listen(0, '127.0.0.1');
      await new Promise((resolve) => publisher.once('listening', resolve));
    });
    afterAll(() => {
      publisher.close();
      rmSync(directory, { recursive: true, force: true });
    });

    const reportTo = async (environment: Record<string, string>, id: string): Promise<number> => {
      const app = await startApp({ PUBLIC_URL: service.baseUrl, ...environment }, service);
      try {
        return (await report([found('gh_x')], { app, id })).status;
      } finally {
        await app.close();
      }
    };

    it('stand at a URL, under their names', async () => {
      published = { public_keys: [{ key_identifier: 'abc', key: pem(publicKey), is_current: true }] };
      const environment = {
        SECRET_SCANNING_PUBLIC_KEYS: `http://127.0.0.1:${(publisher.address() as AddressInfo).port}/keys`,
        OUTBOUND_ALLOW: '127.0.0.1',
      };
      expect(await reportTo(environment, 'abc')).toBe(200);
      expect(await reportTo(environment, 'def')).toBe(401);
      expect(await reportTo({ ...environment, OUTBOUND_ALLOW: '' }, 'abc')).toBe(401);
    });

    it('stand in a file, as a JWKS', async () => {
      const file = join(directory, 'keys.json');
      writeFileSync(file, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k2' }] }));
      expect(await reportTo({ SECRET_SCANNING_PUBLIC_KEYS: file }, 'k2')).toBe(200);
    });

    it('are none: then there is nothing to report to', async () => {
      expect(await reportTo({}, 'k1')).toBe(404);
    });
  });
});
