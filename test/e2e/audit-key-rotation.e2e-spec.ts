import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { link, newKeyPair, privateBytes } from '../../src/audit/seals/seal-key';
import { SealKeyRotation } from '../../src/audit/seals/seal-key-rotation.service';
import { SealKeys } from '../../src/audit/seals/seal-keys.service';
import { Keyring } from '../../src/crypto/keyring';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

interface Line {
  type: string;
  proof: { seal: { number: number; keyId: string; publicKey: string; keyLinks?: Record<string, string>[] } };
}

const run = promisify(execFile);
const VERIFIER = join(__dirname, '../../scripts/audit-verify.mjs');

describe('The key that signs audit logs', () => {
  let one: TestApp;
  let other: TestApp;
  let workspace: TestWorkspace;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-key-'));
    one = await startApp();
    other = await startApp({}, one);
    workspace = await one.workspace();
  });
  afterAll(async () => {
    await other?.close();
    await one?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const keyNow = async (service: TestApp): Promise<string> => {
    const admin = service.http(workspace.admin.accessToken);
    await admin
      .post('/v1/secrets')
      .send({ name: `s-${Math.random()}`, value: 'v' })
      .expect(201);
    const { body } = await admin.get('/v1/audit-events/proof').expect(200);
    return body.publicKey as string;
  };
  const exported = async (service: TestApp): Promise<Line[]> => {
    const { body } = await service
      .http(workspace.admin.accessToken)
      .get('/v1/audit-events/export')
      .buffer(true)
      .parse(asText)
      .expect(200);
    return (body as string)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  };
  const verified = async (lines: readonly object[], ...words: string[]) => {
    const file = join(folder, 'export.ndjson');
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return run(process.execPath, [VERIFIER, file, ...words]).then(
      ({ stdout }) => stdout,
      (failure: { stderr: string }) => failure.stderr,
    );
  };

  it('is followed by another one on every instance, and the log verifies with each of them', async () => {
    const first = await keyNow(one);
    expect(await keyNow(other)).toBe(first);
    await one.app.get(SealKeyRotation).now();
    const second = await keyNow(other);
    expect(second).not.toBe(first);
    await other.app.get(SealKeyRotation).now();
    const third = await keyNow(one);

    const lines = await exported(other);
    expect(new Set(lines.map(({ proof }) => proof.seal.publicKey))).toEqual(new Set([first, second, third]));
    expect(await verified(lines)).toMatch(/^VALID\./);
    for (const key of [first, second, third]) expect(await verified(lines, '--key', key)).toMatch(/^VALID\./);
    const stranger = Buffer.alloc(32, 7).toString('base64');
    expect(await verified(lines, '--key', stranger)).toContain('another key than the one given');

    const { body } = await one.http(workspace.admin.accessToken).get('/v1/audit-events/proof').expect(200);
    expect(body.keyLinks.map(({ previous }: { previous: string }) => previous)).toEqual([second, first]);
  });

  it('is replaced by a command while the service goes on', async () => {
    const before = await keyNow(one);
    const root = join(__dirname, '../..');
    const { stdout } = await run(
      process.execPath,
      [
        '--require',
        join(root, 'test/support/run-typescript.cjs'),
        join(root, 'src/commands/rotate-audit-key.cli.ts'),
      ],
      {
        cwd: root,
        env: {
          ...{ PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'test', LOG_LEVEL: 'silent' },
          ...{ DATABASE_URL: one.databaseUrl, ENCRYPTION_KEY: one.config.encryptionKey },
        },
      },
    );
    const [, said] = /kept elsewhere: (\S+)/.exec(stdout)!;
    expect(said).not.toBe(before);
    expect(await keyNow(one)).toBe(said);
    expect(await verified(await exported(one), '--key', before)).toMatch(/^VALID\./);
    const [event] = (await one.auditEvents(workspace.id, 'audit.signing_key_rotated')).slice(-1);
    expect(event!.data.publicKey).toBe(said);
  });

  it('is not followed by a key that the one before does not vouch for', async () => {
    const lines = await exported(one);
    const forgeries: Record<string, (links: Record<string, string>[]) => void> = {
      'no link': (links) => links.splice(0),
      'an endorsement by somebody else': (links) => (links[0]!.endorsement = links[0]!.acceptance!),
      'no acceptance': (links) => (links[0]!.acceptance = links[0]!.endorsement!),
      'another predecessor': (links) => (links[0]!.previous = Buffer.alloc(32, 7).toString('base64')),
    };
    for (const [kind, forge] of Object.entries(forgeries)) {
      const copy = structuredClone(lines);
      for (const { proof } of copy) if (proof.seal.keyLinks) forge(proof.seal.keyLinks);
      const says = await verified(copy);
      expect({ kind, says }).toEqual({ kind, says: expect.stringMatching(/^NOT VALID\. .*(vouch|follow)/s) });
    }
  });

  it('is not followed in the service either by one that somebody put into the database', async () => {
    const stranger = newKeyPair();
    const { endorsement, acceptance } = link(stranger, stranger);
    const context = `audit_signing_keys|${stranger.keyId}`;
    await one.sql(
      `insert into audit_signing_keys (key_id, public_key, sealed_private_key, endorsement, acceptance, previous_key_id)
       select $1, $2, $3, $4, $5, key_id from audit_signing_keys k
        where not exists (select from audit_signing_keys next where next.previous_key_id = k.key_id)`,
      [
        ...[stranger.keyId, stranger.publicKey],
        ...[one.app.get(Keyring).seal(privateBytes(stranger.privateKey), context), endorsement, acceptance],
      ],
    );
    const says = `The audit key ${stranger.keyId} does not follow from the one before.`;
    for (const _ of ['first', 'again'])
      await expect(one.app.get(SealKeys).sign('text', stranger.keyId)).rejects.toThrow(says);
    await one.sql('delete from audit_signing_keys where key_id = $1', [stranger.keyId]);
    await keyNow(one);
  });

  it('changes on schedule once it is old, says so in every log once, and its private half is destroyed', async () => {
    const fresh = await one.workspace();
    const schedule = one.app.get(Schedule);
    const count = async () =>
      ((await one.sql('select count(*)::int as n from audit_signing_keys')) as [{ n: number }])[0].n;
    const before = await count();
    await schedule.run('rotate_audit_signing_key', new Date());
    expect(await count()).toBe(before);
    await one.sql(`update audit_signing_keys set created_at = created_at - interval '400 days'`);
    await schedule.run('rotate_audit_signing_key', new Date());
    await schedule.run('rotate_audit_signing_key', new Date());
    expect(await count()).toBe(before + 1);

    const events = await one.auditEvents(fresh.id, 'audit.signing_key_rotated');
    expect(events).toEqual([
      expect.objectContaining({ risk: 'high', actor_type: 'system', target_type: 'audit_signing_key' }),
    ]);
    expect(await one.auditEvents(workspace.id, 'audit.signing_key_rotated')).toHaveLength(before);
    const kept = async () =>
      (
        (await one.sql(
          'select count(*)::int as n from audit_signing_keys where sealed_private_key is not null',
        )) as [{ n: number }]
      )[0].n;
    // Keys that were followed long ago are gone; the one before the newest may still be in use somewhere.
    expect(await kept()).toBe(2);
    for (const left of [2, 1]) {
      await one.sql(`update audit_signing_keys set created_at = created_at - interval '23 hours'`);
      await schedule.run('rotate_audit_signing_key', new Date());
      expect(await kept()).toBe(left);
    }
    expect(await verified(await exported(one))).toMatch(/^VALID\./);
  });

  it('is replaced by nobody but an operator where the schedule is not to', async () => {
    await one.sql(`update audit_signing_keys set created_at = created_at - interval '9999 days'`);
    const before = await keyNow(one);
    const third = await startApp({ AUDIT_KEY_DAYS: '0' }, one);
    await third.app
      .get(Schedule)
      .run('rotate_audit_signing_key', new Date())
      .finally(() => third.close());
    expect(await keyNow(one)).toBe(before);
  });
});

function asText(response: object, done: (error: Error | null, text: string) => void): void {
  const stream = response as NodeJS.ReadableStream;
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('end', () => done(null, text));
}
