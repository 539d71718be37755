import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CheckpointDelivery } from '../../src/audit/seals/checkpoint-delivery.service';
import { SealStore } from '../../src/audit/seals/seal-store.service';
import { Database } from '../../src/database/database';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

interface Line {
  id: string;
  type: string;
  time: string;
  risk: string;
  actor: { type: string; id: string | null; email?: string };
  ip: string | null;
  data: Record<string, unknown>;
  proof: {
    seal: { number: number; size: number; total: number; previous: string; signature: string };
    position: number;
    path: string[];
    actor?: { commitment: string; salt?: string };
    data?: { commitment: string; salt?: string; fields?: string[] };
  };
}

const run = promisify(execFile);
const VERIFIER = join(__dirname, '../../scripts/audit-verify.mjs');

describe('The proof of the audit log', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-proof-'));
    service = await startApp({ AUDIT_CHECKPOINT_FILE: join(folder, 'checkpoints.ndjson') });
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });
  afterAll(async () => {
    await service?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const exported = async (of = admin, query: object = {}): Promise<Line[]> => {
    const { body } = await of
      .get('/v1/audit-events/export')
      .query(query)
      .buffer(true)
      .parse(asText)
      .expect(200);
    return (body as string)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  };
  const saved = (lines: readonly object[], name = 'export.ndjson'): string => {
    const file = join(folder, name);
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return file;
  };
  /** What `npm run audit:verify` says, and its exit code. */
  const verified = async (...words: string[]): Promise<{ code: number; says: string }> =>
    run(process.execPath, [VERIFIER, ...words]).then(
      ({ stdout }) => ({ code: 0, says: stdout }),
      (failure: { code: number; stderr: string }) => ({ code: failure.code, says: failure.stderr }),
    );
  const busyWorkspace = async () => {
    const busy = await service.workspace();
    const by = service.http(busy.admin.accessToken);
    for (let round = 0; round < 4; round += 1) {
      for (let at = 0; at < 13; at += 1)
        await by
          .post('/v1/secrets')
          .send({ name: `s-${round}-${at}`, value: 'v' })
          .expect(201);
      await by.get('/v1/audit-events/proof').expect(200);
    }
    return { ...busy, by };
  };

  it('stands in every line of an export, which a program outside of the service verifies', async () => {
    const person = await service.member(workspace, 'viewer');
    await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'editor' }).expect(200);
    const lines = await exported();
    expect(lines.at(-1)).toMatchObject({ type: 'audit.exported', data: { format: 'ndjson' } });
    const file = saved(lines);
    expect(await verified(file)).toEqual({
      code: 0,
      says: expect.stringMatching(
        new RegExp(`^VALID. ${lines.length} entries under \\d+ seals: none was changed.\nNone is missing`),
      ),
    });

    const { body: proof } = await admin.get('/v1/audit-events/proof').expect(200);
    expect((await verified(file, '--key', proof.publicKey)).code).toBe(0);
    const otherKey = Buffer.alloc(32, 7).toString('base64');
    expect((await verified(file, '--key', otherKey)).says).toContain('another key');
  });

  it('holds for a selection, which is checked as one', async () => {
    const lines = await exported(admin, { type: 'workspace.member_updated' });
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(['workspace.member_updated']));
    const file = saved(lines);
    expect((await verified(file, '--selection')).says).toContain('It is a selection');
    expect((await verified(file)).code).toBe(1);
  });

  it('is a signed checkpoint and the seals that lead to it, page by page', async () => {
    const { by } = await busyWorkspace();
    const { body: first } = await by.get('/v1/audit-events/proof').query({ limit: 3 }).expect(200);
    expect(first.seals.map(({ number }: { number: number }) => number)).toEqual([1, 2, 3]);
    expect(first.checkpoint).toMatch(
      /^gatehouse audit log [0-9a-f-]{36}\n\d+\n[\w+/]{43}=\n\n— gatehouse-audit [\w+/=]+\n$/,
    );
    const { body: rest } = await by
      .get('/v1/audit-events/proof')
      .query({ after: first.nextAfter })
      .expect(200);
    const seals = [...first.seals, ...rest.seals];
    for (const [index, seal] of seals.entries()) expect(seal.previous).toBe(seals[index - 1]?.head ?? '');
    expect(rest).toMatchObject({ nextAfter: null, total: seals.at(-1).total, seal: seals.at(-1) });
    expect(seals.reduce((sum, { size }) => sum + size, 0)).toBe(rest.total);
    await by.get('/v1/audit-events/proof').query({ after: -1 }).expect(400);
  });

  it('shows a log that was rewritten whole, by a checkpoint that was kept elsewhere', async () => {
    const { body } = await admin.get('/v1/audit-events/proof').expect(200);
    const note = join(folder, 'note.txt');
    writeFileSync(note, body.checkpoint);
    const file = saved(await exported());
    expect((await verified(file, '--checkpoint', note)).code).toBe(0);

    writeFileSync(note, (body.checkpoint as string).replace(/\n[\w+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`));
    expect((await verified(file, '--checkpoint', note)).says).toContain('another one than when');
    writeFileSync(note, (body.checkpoint as string).replace(/\n\d+\n/, '\n1000000\n'));
    expect((await verified(file, '--checkpoint', note)).says).toContain('no seal that ends there');
  });

  it('finds eight kinds of tampering at any of fifty places, and names the entry', async () => {
    const { by } = await busyWorkspace();
    const lines = await exported(by);
    expect(lines.length).toBeGreaterThan(53);
    const other = lines.find(({ type }) => type === 'auth.login_succeeded')!;
    const kinds: Record<string, (at: number, copy: Line[]) => void> = {
      'a changed type': (at, copy) => (copy[at]!.type = 'auth.logged_out'),
      'a changed time': (at, copy) => (copy[at]!.time = '2020-01-01T00:00:00.000Z'),
      'a changed actor': (at, copy) => (copy[at]!.actor = { ...copy[at]!.actor, email: 'mallory@acme.test' }),
      'changed data': (at, copy) => (copy[at]!.data = { ...copy[at]!.data, name: 'another' }),
      'a removed entry': (at, copy) => void copy.splice(at, 1),
      'an entry that stands twice': (at, copy) => void copy.splice(at, 0, structuredClone(copy[at]!)),
      'an invented entry': (at, copy) =>
        void copy.splice(at, 0, { ...structuredClone(copy[at]!), id: other.id.replace(/.$/, '0') }),
      'a seal that was numbered anew': (at, copy) => (copy[at]!.proof.seal.number += 1),
    };
    const files: string[] = [];
    for (const [kind, tamper] of Object.entries(kinds)) {
      for (let at = 0; at < 50; at += 1) {
        const place = at < 25 ? at : lines.length - 50 + at;
        const copy = structuredClone(lines);
        tamper(place, copy);
        files.push(saved(copy, `${kind.replaceAll(' ', '-')}-${at}.ndjson`));
      }
    }
    const untouched = saved(lines);
    const results = await verifyMany([...files, untouched]);
    expect(results.pop()).toBe('valid');
    expect(results.filter((result) => result === 'valid')).toEqual([]);
    expect(
      results.filter((result) => !/entry [0-9a-f-]{36}|entry is missing|end of the file/.test(result)),
    ).toEqual([]);
    expect(results).toHaveLength(400);
  }, 120_000);

  it('finds entries that were moved, and words that no seal covers', async () => {
    const { by } = await busyWorkspace();
    const [lines, at] = [await exported(by), 20];
    const text = lines.map((line) => JSON.stringify(line));
    const { id, actor } = lines[at]!;
    const written = async (name: string, changed: string[]) => {
      writeFileSync(join(folder, name), `${changed.join('\n')}\n`);
      return (await verified(join(folder, name))).says;
    };
    const withLine = (line: string) => text.map((one, index) => (index === at ? line : one));
    const moved = [...text.slice(0, at), text[at + 1]!, text[at]!, ...text.slice(at + 2)];
    expect(await written('moved.ndjson', moved)).toContain(
      `entry ${id}: it stands behind an entry that came after it`,
    );
    const twice = withLine(text[at]!.replace('{', '{"type":"auth.logged_out",'));
    expect(await written('twice.ndjson', twice)).toContain(`line ${at + 1}: an object in it`);
    for (const [name, more] of [
      ['actor.name', { actor: { ...actor, name: 'Mallory' } }],
      ['target.name', { target: { type: 'secret', name: 'another' } }],
      ['sealed', { sealed: { note: 'forged' } }],
    ] as const) {
      const says = await written('more.ndjson', withLine(JSON.stringify({ ...lines[at], ...more })));
      expect(says).toContain(`entry ${id}: ${name} does not belong in it`);
    }
  });

  it('shows what was changed in the database itself', async () => {
    const { id, by } = await busyWorkspace();
    const [row] = await service.sql<{ id: string }>(
      `update audit_events set risk = 'low', data = '{"name": "innocent"}'
        where id = (select id from audit_events where workspace_id = $1 and type = 'secret.created'
                     order by id offset 20 limit 1) returning id`,
      [id],
    );
    const changed = await verified(saved(await exported(by)));
    expect(changed.says).toContain(`entry ${row!.id}: it was changed`);

    const other = await busyWorkspace();
    const [gone] = await service.sql<{ id: string }>(
      `delete from audit_events where id = (select id from audit_events where workspace_id = $1
         and type = 'secret.created' order by id offset 30 limit 1) returning id`,
      [other.id],
    );
    expect(gone).toBeDefined();
    expect((await verified(saved(await exported(other.by)))).says).toMatch(
      /An entry is missing: number \d+ of/,
    );
  }, 120_000);

  it.each([
    [
      'what is encrypted of an entry',
      `update audit_events set sealed_data = 'v1.x.y' || sealed_data where id = $1`,
    ],
    ['who did it', `update audit_events set sealed_actor = null where id = $1`],
    [
      'the key of a person',
      `update audit_people set sealed_key = 'x' where id = (select data_person from audit_events where id = $1)`,
    ],
  ])('shows that %s was changed in the database itself, and the log can still be read', async (_, change) => {
    const own = await service.workspace();
    const by = service.http(own.admin.accessToken);
    const person = await service.member(own, 'viewer');
    await by.patch(`/v1/members/${person.memberId}`).send({ role: 'editor' }).expect(200);
    const [event] = await service.sql<{ id: string }>(
      `select id from audit_events where workspace_id = $1 and type = 'workspace.member_updated'`,
      [own.id],
    );
    await by.get('/v1/audit-events/proof').expect(200);
    await service.sql(change, [event!.id]);
    const { body } = await by.get('/v1/audit-events').query({ limit: 200 }).expect(200);
    expect(body.data).toContainEqual(expect.objectContaining({ id: event!.id }));
    const { code, says } = await verified(saved(await exported(by)));
    expect(code).not.toBe(0);
    expect(says).toMatch(/its data was changed|who did it, or from where, was changed/);
  });

  it('covers entries of transactions that end late, and each entry once', async () => {
    const late = await service.workspace();
    const by = service.http(late.admin.accessToken);
    const deeds = Array.from({ length: 30 }, (_, at) =>
      by
        .post('/v1/secrets')
        .send({ name: `late-${at}`, value: 'v' })
        .expect(201),
    );
    const looks = Array.from({ length: 10 }, () => by.get('/v1/audit-events/proof').expect(200));
    await Promise.all([...deeds, ...looks]);
    const lines = await exported(by);
    const [{ count }] = (await service.sql(
      'select count(*)::int as count from audit_leaves where workspace_id = $1',
      [late.id],
    )) as [{ count: number }];
    expect(lines).toHaveLength(count);
    expect(lines.filter(({ type }) => type === 'secret.created')).toHaveLength(30);
    expect((await verified(saved(lines))).code).toBe(0);
  });

  it('goes on after a restore, when the database numbers its transactions anew', async () => {
    const { id, by } = await busyWorkspace();
    await service.sql(`update audit_seals set floor = '9000000000000' where workspace_id = $1`, [id]);
    const state = () =>
      service.app.get(Database).inWorkspace(id, () => service.app.get(SealStore, { strict: false }).state());
    expect(BigInt((await state()).until)).toBeGreaterThan(9_000_000_000_000n);
    await by.post('/v1/secrets').send({ name: 'after-the-restore', value: 'v' }).expect(201);
    const lines = await exported(by);
    expect(lines.map(({ data }) => data.name)).toContain('after-the-restore');
    expect((await verified(saved(lines))).code).toBe(0);
    // From then on entries of before the restore, whose numbers are still to come, are left alone.
    expect(BigInt((await state()).until)).toBeLessThan(9_000_000_000_000n);
  });

  it('leaves this host: appended to a file, posted to a webhook, and tried again when that fails', async () => {
    await admin.get('/v1/audit-events/proof').expect(200);
    await service.app.get(CheckpointDelivery).deliver();
    const { body: proof } = await admin.get('/v1/audit-events/proof').expect(200);
    const all = join(folder, 'checkpoints.ndjson');
    const texts = readFileSync(all, 'utf8').trimEnd().split('\n');
    const kept = texts.map((text) => JSON.parse(text) as { workspaceId: string; note: string });
    const ours = kept.findLast(({ workspaceId }) => workspaceId === workspace.id);
    expect(ours).toMatchObject({ total: proof.total, note: proof.checkpoint });
    const held = (lines: Line[]) => verified(saved(lines), '--checkpoint', all);
    expect(await held(await exported())).toMatchObject({ code: 0 });
    writeFileSync(all, readFileSync(all, 'utf8').replaceAll(/(?<=\\n\d+\\n)[\w+/]{43}=/g, 'A'));
    expect((await held(await exported())).says).toContain('another one than when');

    const posted: string[] = [];
    let status = 500;
    const hook = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        if (status === 200) posted.push(text);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const { port } = hook.address() as AddressInfo;
    const both = join(folder, 'both.ndjson');
    const second = await startApp({
      AUDIT_CHECKPOINT_FILE: both,
      AUDIT_CHECKPOINT_URL: `http://127.0.0.1:${port}/checkpoints`,
      OUTBOUND_ALLOW: '127.0.0.1',
    });
    try {
      const there = await second.workspace();
      await second.http(there.admin.accessToken).get('/v1/audit-events/proof').expect(200);
      await second.app.get(CheckpointDelivery).deliver();
      expect(posted).toEqual([]);
      status = 200;
      await second.app.get(CheckpointDelivery).deliver();
      expect(JSON.parse(posted[0]!)).toMatchObject({ workspaceId: there.id, note: expect.any(String) });
      // What the webhook did not take stands in the file once all the same.
      expect(readFileSync(both, 'utf8')).toBe(posted[0]);
    } finally {
      await second.close();
      hook.close();
    }
  });

  describe('and people', () => {
    it('keeps what is personal out of the rows, and shows it to whoever may read the log', async () => {
      const email = 'grace.hopper@navy.test';
      const person = await service.member(workspace, 'viewer', { email });
      await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'editor' }).expect(200);
      const [{ found }] = (await service.sql(
        `select exists (select from audit_events e where to_jsonb(e)::text ilike '%grace.hopper%')
             or exists (select from audit_people p where to_jsonb(p)::text ilike '%grace.hopper%') as found`,
      )) as [{ found: boolean }];
      expect(found).toBe(false);
      const { body } = await admin
        .get('/v1/audit-events')
        .query({ type: 'workspace.member_updated', target: person.memberId })
        .expect(200);
      expect(body.data[0].data).toEqual({
        email,
        before: { role: 'viewer', approver: false },
        after: { role: 'editor', approver: false },
      });
    });

    it('finds text and requests also in what is encrypted, page by page', async () => {
      const email = 'katherine.johnson@nasa.test';
      await service.member(workspace, 'viewer', { email });
      const search = async (query: object) =>
        (await admin.get('/v1/audit-events').query(query).expect(200)).body as {
          data: Line[];
          nextCursor: string | null;
        };
      const { data } = await search({ text: 'KATHERINE.Johnson' });
      expect(data.map(({ type, actor }) => [type, actor.email])).toEqual([['auth.login_succeeded', email]]);
      const page = await search({ text: 'auth.login_succeeded', limit: 1 });
      expect(page.data).toHaveLength(1);
      expect(page.nextCursor).toEqual(expect.any(String));
      const next = await search({ text: 'auth.login_succeeded', limit: 1, cursor: page.nextCursor });
      expect(next.data[0]!.id < page.data[0]!.id).toBe(true);
      expect(await search({ text: 'nobody has ever said this' })).toEqual({ data: [], nextCursor: null });

      const created = await admin.post('/v1/secrets').send({ name: 'by-request', value: 'v' }).expect(201);
      const byRequest = await search({ requestId: created.headers['x-request-id'] });
      expect(byRequest.data.map(({ type }) => type)).toEqual(['secret.created']);
      await admin.get('/v1/audit-events').query({ text: 'x' }).expect(400);
    });

    it('still holds when the key of a person is gone: their name with it, the entries not', async () => {
      const email = 'dorothy.vaughan@nasa.test';
      const person = await service.member(workspace, 'viewer', { email });
      await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'editor' }).expect(200);
      const before = await exported();
      await service.sql(
        `update audit_people set sealed_key = null, email_hash = null, erased_at = now()
          where workspace_id = $1 and subject_id in ($2, $3)`,
        [workspace.id, person.userId, person.memberId],
      );
      const after = await exported();
      expect(JSON.stringify(before)).toContain(email);
      expect(JSON.stringify(after)).not.toContain(email);
      const entry = after.find(({ data }) => (data.after as { role?: string })?.role === 'editor');
      expect(entry).toBeDefined();
      const { code, says } = await verified(saved(after));
      expect({ code, says }).toEqual({
        code: 0,
        says: expect.stringMatching(/In \d+ of them the personal data/),
      });
    });
  });

  /** Each file in one process: its verdict. */
  async function verifyMany(files: readonly string[]): Promise<string[]> {
    const list = join(folder, 'files.json');
    writeFileSync(list, JSON.stringify(files));
    const program = `
      import { readFileSync } from 'node:fs';
      import { verifyExport } from ${JSON.stringify(VERIFIER)};
      const verdicts = [];
      for (const file of JSON.parse(readFileSync(${JSON.stringify(list)}, 'utf8')))
        verdicts.push(await verifyExport(file).then(() => 'valid', (error) => error.message));
      console.log(JSON.stringify(verdicts));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      maxBuffer: 10_000_000,
    });
    return JSON.parse(stdout) as string[];
  }
});

function asText(response: object, done: (error: Error | null, text: string) => void): void {
  const stream = response as NodeJS.ReadableStream;
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('end', () => done(null, text));
}
