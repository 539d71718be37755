import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { AuditTrail } from '../../src/audit/audit-trail';
import { ArchiveStore } from '../../src/audit/archives/archive-store.service';
import { ArchiveWriter } from '../../src/audit/archives/archive-writer.service';
import { Sealer } from '../../src/audit/seals/sealer.service';
import { uuidV7 } from '../../src/crypto/uuid-v7';
import { Database } from '../../src/database/database';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

const run = promisify(execFile);
const VERIFIER = join(__dirname, '../../scripts/audit-verify.mjs');

describe('Old entries of the audit log', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-archives-'));
    service = await startApp({ AUDIT_ARCHIVE_DIR: join(folder, 'archives') });
  });
  afterAll(async () => {
    await service?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const policy = (audit: object) => admin.patch('/v1/workspace/policy').send({ audit }).expect(200);
  const busy = async (count: number, name = 's') => {
    for (let at = 0; at < count; at += 1)
      await admin
        .post('/v1/secrets')
        .send({ name: `${name}-${at}`, value: 'v' })
        .expect(201);
  };
  /** Whatever is not sealed yet happened so many days ago, and is sealed now. */
  const passed = async (days: number) => {
    await service.sql(
      `update audit_events e set time = time - make_interval(days => $2) where workspace_id = $1
         and not exists (select from audit_leaves l where l.event_id = e.id)`,
      [workspace.id, days],
    );
    await service.app.get(Sealer).now(workspace.id);
  };
  const archive = (by = service) => by.app.get(Schedule).run('archive_audit_events', new Date());
  const list = async () =>
    (await admin.get('/v1/audit-archives').expect(200)).body.data as {
      id: string;
      fromSeal: number;
      toSeal: number;
      entries: number;
      sha256: string;
    }[];
  const files = (): string[] =>
    readdirSync(join(folder, 'archives', workspace.id))
      .sort()
      .map((name) => join(folder, 'archives', workspace.id, name));
  const fetched = async (path: string, name: string): Promise<string> => {
    const { body } = await admin.get(path).buffer(true).parse(asText).expect(200);
    writeFileSync(join(folder, name), body as string);
    return join(folder, name);
  };
  const exported = () => fetched('/v1/audit-events/export', 'live.ndjson');
  const idsIn = (file: string): string[] =>
    (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id?: string }).id)
      .filter((id) => id !== undefined);
  const verified = (...paths: string[]): Promise<string> =>
    run(process.execPath, [VERIFIER, ...paths]).then(
      ({ stdout }) => stdout,
      (failure: { stderr: string }) => failure.stderr,
    );
  const inDatabase = async () =>
    (
      await service.sql<{ id: string }>('select id from audit_events where workspace_id = $1', [workspace.id])
    ).map(({ id }) => id);

  it('leave for a file that proves itself, and what stays goes on from it', async () => {
    await policy({ retentionDays: 30 });
    await busy(3);
    await passed(40);
    await busy(2, 'young');
    await passed(0);
    const before = await inDatabase();
    await archive();

    const [made, ...more] = await list();
    expect(more).toEqual([]);
    expect(made).toMatchObject({ fromSeal: 1, toSeal: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const [file] = files();
    const old = idsIn(file!);
    expect(old).toHaveLength(made!.entries);
    const left = await inDatabase();
    expect(left.filter((id) => old.includes(id))).toEqual([]);
    expect(new Set([...old, ...left])).toEqual(new Set([...before, ...left]));

    expect(await verified(file!)).toMatch(/^VALID\. \d+ entries under 1 seals/);
    const live = await exported();
    expect(await verified(live)).toContain('None is missing from seal 2');
    expect(await verified(file!, live)).toMatch(/^VALID\.[^]*None is missing up to/);
    const [event] = await service.auditEvents(workspace.id, 'audit.archived');
    expect(event).toMatchObject({
      actor_type: 'system',
      data: { fromSeal: 1, toSeal: 1, sha256: made!.sha256 },
    });

    // And again, from where it ended.
    await passed(0);
    await archive();
    expect(await list()).toHaveLength(1);
  });

  it('leave under a seal that alone has more of them than a file is to have, and those after it follow', async () => {
    await policy({ retentionDays: 30 });
    await passed(40);
    await service.sql('update audit_seals set size = 10001 where workspace_id = $1', [workspace.id]);
    await busy(1);
    await passed(40);
    await archive();
    expect(await list()).toMatchObject([
      { fromSeal: 2, toSeal: 2 },
      { fromSeal: 1, toSeal: 1 },
    ]);
  });

  it('leave in one piece however many they are, and are read in one', async () => {
    await policy({ retentionDays: 30 });
    const many = Array.from({ length: 1_100 }, (_, at) => `s-${at}`);
    await service.app.get(Database).inWorkspace(workspace.id, async () => {
      const target = { type: 'secret', id: uuidV7() };
      for (const name of many)
        service.app.get(AuditTrail).record({ type: 'secret.created', target, data: { name } });
    });
    await passed(40);
    const before = await inDatabase();
    await archive();
    const [made] = await list();
    const [file] = files();
    const readable = await fetched(`/v1/audit-archives/${made!.id}/download`, 'many.ndjson');
    const old = idsIn(file!);
    expect(idsIn(readable)).toEqual(old);
    expect(old).toHaveLength(made!.entries);
    expect([...old].sort()).toEqual([...before].sort());
    expect((await inDatabase()).filter((id) => old.includes(id))).toEqual([]);
    for (const path of [file!, readable]) expect(await verified(path)).toMatch(/^VALID\. 11\d\d entries/);
  });

  it('stay while they are young, while a hold is on, and while nobody asked', async () => {
    await busy(1);
    await passed(400);
    await archive();
    expect(await list()).toEqual([]);
    await policy({ retentionDays: 60, legalHold: true });
    await archive();
    expect(await list()).toEqual([]);
    await policy({ retentionDays: 500, legalHold: false });
    await archive();
    expect(await list()).toEqual([]);
    await policy({ retentionDays: 60 });
    await archive();
    expect(await list()).toHaveLength(1);
    for (const retentionDays of [29, 0, -1, 1.5, 'x', 40_000])
      await admin.patch('/v1/workspace/policy').send({ audit: { retentionDays } }).expect(400);
  });

  it('wait for a stream that has yet to send them', async () => {
    await policy({ retentionDays: 30 });
    await busy(1);
    await passed(40);
    const { body } = await admin
      .post('/v1/audit-streams')
      .send({ type: 'webhook', url: 'https://93.184.216.34/', startAt: 'beginning' })
      .expect(201);
    await archive();
    expect(await list()).toEqual([]);
    await admin.post(`/v1/audit-streams/${body.id}/pause`).expect(200);
    await archive();
    expect(await list()).toHaveLength(1);
    await admin.post(`/v1/audit-streams/${body.id}/resume`).expect(200);
    const [resumed] = await service.auditEvents(workspace.id, 'audit_stream.resumed');
    expect(resumed).toMatchObject({ risk: 'high', data: { archived: { fromSeal: 1, toSeal: 1 } } });
  });

  it('stay for a stream that is resumed while their file is written, also within the last seal of it', async () => {
    await busy(1);
    await passed(40);
    const { body } = await admin
      .post('/v1/audit-streams')
      .send({ type: 'webhook', url: 'https://93.184.216.34/', startAt: 'beginning' })
      .expect(201);
    const inWorkspace = <T>(work: () => Promise<T>) =>
      service.app.get(Database).inWorkspace(workspace.id, work);
    const get = <T>(room: new (...needs: never[]) => T): T => service.app.get(room, { strict: false });
    const pause = () => admin.post(`/v1/audit-streams/${body.id}/pause`).expect(200);
    const resume = async (seal: number) => {
      await admin.post(`/v1/audit-streams/${body.id}/resume`).expect(200);
      await service.sql('update audit_streams set seal = $2, position = -1 where id = $1', [body.id, seal]);
    };
    for (const within of ['none', 'last'] as const) {
      await pause();
      const range = (await inWorkspace(() => get(ArchiveStore).nextRange(new Date())))!;
      await resume(within === 'last' ? range.toSeal : 0);
      await get(ArchiveWriter).write(workspace.id, uuidV7(), range);
      expect([within, await list(), files()]).toEqual([within, [], []]);
    }
    await pause();
    // And of one that is being resumed when the file is about to count.
    const client = new Client({ connectionString: service.databaseUrl });
    await client.connect();
    try {
      const range = (await inWorkspace(() => get(ArchiveStore).nextRange(new Date())))!;
      await client.query('begin');
      await client.query(
        `update audit_streams set status = 'active', paused_because = null, seal = 0 where id = $1`,
        [body.id],
      );
      const written = get(ArchiveWriter).write(workspace.id, uuidV7(), range);
      await service.waiting();
      await client.query('commit');
      await written;
    } finally {
      await client.end();
    }
    expect([await list(), files()]).toEqual([[], []]);
    await pause();
  });

  it('are read by admins, each time on record; a person who was erased is gone from them too', async () => {
    await policy({ retentionDays: 30 });
    const email = 'annie.easley@nasa.test';
    const person = await service.member(workspace, 'viewer', { email });
    await passed(40);
    await archive();
    const [made] = await list();
    const path = `/v1/audit-archives/${made!.id}/download`;
    expect(gunzipSync(readFileSync(files()[0]!)).toString()).not.toContain('annie.easley');
    const readable = await fetched(path, 'readable.ndjson');
    expect(readFileSync(readable, 'utf8')).toContain(email);
    expect(await verified(readable)).toMatch(/^VALID\./);
    const [event] = await service.auditEvents(workspace.id, 'audit.archive_downloaded');
    expect(event).toMatchObject({ actor_id: workspace.admin.userId, target_id: made!.id });

    const viewer = service.http((await service.member(workspace, 'viewer')).accessToken);
    await viewer.get('/v1/audit-archives').expect(200);
    await viewer.get(path).expect(403);

    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email }).expect(200);
    const after = await fetched(path, 'after.ndjson');
    expect(readFileSync(after, 'utf8')).not.toContain('annie.easley');
    expect(await verified(after)).toMatch(/^VALID\.[^]*personal data is not shown or gone/);
  });

  it('show what was done to an archive: a changed, missing or cut line, and another archive in its place', async () => {
    await policy({ retentionDays: 30 });
    await busy(4);
    await passed(40);
    await busy(4, 't');
    await passed(35);
    await archive();
    const [file] = files();
    const live = await exported();
    expect(await verified(file!, live)).toMatch(/^VALID\./);
    const lines = gunzipSync(readFileSync(file!)).toString().trimEnd().split('\n');
    const tampered = async (change: (copy: string[]) => void): Promise<string> => {
      const copy = [...lines];
      change(copy);
      const path = join(folder, 'tampered.ndjson.gz');
      writeFileSync(path, gzipSync(`${copy.join('\n')}\n`));
      return verified(path);
    };
    const middle = Math.floor(lines.length / 2);
    expect(await tampered(() => undefined)).toMatch(/^VALID\./);
    expect(
      await tampered((copy) => (copy[middle] = copy[middle]!.replace('"risk":"medium"', '"risk":"low"'))),
    ).toMatch(/^NOT VALID/);
    expect(await tampered((copy) => copy.splice(middle, 1))).toContain('An entry is missing');
    expect(await tampered((copy) => copy.splice(-1))).toMatch(/^NOT VALID/);
    expect(await tampered((copy) => copy.splice(1, 1))).toContain('An entry is missing');
    const cut = join(folder, 'cut.ndjson.gz');
    copyFileSync(file!, cut);
    writeFileSync(cut, readFileSync(cut).subarray(0, -40));
    expect(await verified(cut)).toContain('compression is broken');
    const other = await service.workspace();
    const { body } = await service
      .http(other.admin.accessToken)
      .get('/v1/audit-events/export')
      .buffer(true)
      .parse(asText);
    writeFileSync(join(folder, 'other.ndjson'), body as string);
    expect(await verified(file!, join(folder, 'other.ndjson'))).toMatch(/^NOT VALID/);
  });

  it('are in the file before they leave, and whatever a crash left undone is finished', async () => {
    await policy({ retentionDays: 30 });
    await busy(2);
    await passed(40);
    const store = service.app.get(ArchiveStore);
    const crash = jest.spyOn(store, 'removeSome').mockRejectedValueOnce(new Error('Killed.'));
    await expect(archive()).rejects.toThrow();
    crash.mockRestore();
    const count = (await inDatabase()).length;
    const [file] = files();
    expect(await verified(file!)).toMatch(/^VALID\./);
    expect(idsIn(file!).length).toBeLessThanOrEqual(count);

    // Without the file nothing leaves.
    const bytes = readFileSync(file!);
    writeFileSync(file!, 'not what was written');
    await expect(archive()).rejects.toThrow();
    expect(await inDatabase()).toHaveLength(count);
    const [made] = await list();
    const { body } = await admin.get(`/v1/audit-archives/${made!.id}/download`).expect(409);
    expect(body.code).toBe('archive_unavailable');
    writeFileSync(file!, bytes);
    // Nor while the policy keeps for longer what is in it, and nothing fails for that.
    await policy({ retentionDays: 60 });
    await archive();
    expect(await inDatabase()).toEqual(expect.arrayContaining(idsIn(file!)));
    await policy({ retentionDays: 30 });
    await archive();
    expect((await inDatabase()).filter((id) => idsIn(file!).includes(id))).toEqual([]);
    expect(await verified(file!, await exported())).toMatch(/^VALID\./);
  });

  it('are kept by the database itself, whatever the service asks for', async () => {
    await policy({ retentionDays: 30 });
    await busy(1);
    await passed(40);
    await busy(1, 'young');
    const client = new Client({ connectionString: service.databaseUrl, options: '-c role=gatehouse_app' });
    await client.connect();
    const attempt = async (sql: string, role = 'gatehouse_archivist', values: unknown[] = []) => {
      await client.query('begin');
      try {
        await client.query(`select set_config('gatehouse.workspace_id', $1, true)`, [workspace.id]);
        await client.query(`set local role ${role}`);
        const { rowCount } = await client.query(sql, values);
        return rowCount;
      } catch (failure) {
        return (
          (failure as { constraint?: string; code: string }).constraint ?? (failure as { code: string }).code
        );
      } finally {
        await client.query('rollback');
      }
    };
    const DENIED = '42501';
    try {
      expect(await attempt('delete from audit_events', 'gatehouse_app')).toBe(DENIED);
      expect(await attempt('delete from audit_events')).toBe('audit_events__kept');
      expect(await attempt('delete from audit_leaves')).toBe('audit_leaves__kept');
      for (const sql of [
        `update audit_events set risk = 'low'`,
        'delete from audit_seals',
        'delete from audit_archives',
        'update workspace_policies set audit_retention_days = 30',
        'insert into audit_events (type, risk, actor_type) values ($$a$$, $$low$$, $$system$$)',
        'select * from members',
        'truncate audit_events',
      ])
        expect({ sql, got: await attempt(sql) }).toEqual({ sql, got: DENIED });

      // Archived, old and wanted gone: then, and only then, and nobody else's.
      const crash = jest
        .spyOn(service.app.get(ArchiveStore), 'removeSome')
        .mockRejectedValueOnce(new Error('Killed.'));
      await expect(archive()).rejects.toThrow();
      crash.mockRestore();
      const old = 'delete from audit_events where id in (select event_id from audit_leaves where seal = 1)';
      expect(await attempt(old)).toBeGreaterThan(0);
      expect(await attempt('delete from audit_events')).toBe('audit_events__kept');
      expect(await attempt('delete from audit_leaves where seal = 1')).toBe('audit_leaves__kept');
      await policy({ legalHold: true });
      expect(await attempt(old)).toBe('audit_events__kept');
      await policy({ legalHold: false, retentionDays: 60 });
      expect(await attempt(old)).toBe('audit_events__kept');
      await policy({ retentionDays: null });
      expect(await attempt(old)).toBe('audit_events__kept');
    } finally {
      await client.end();
    }
    await policy({ retentionDays: 30 });
    await archive();
  });
});

function asText(response: object, done: (error: Error | null, text: string) => void): void {
  const stream = response as NodeJS.ReadableStream;
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('end', () => done(null, text));
}
