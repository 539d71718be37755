import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Sealer } from '../../src/audit/seals/sealer.service';
import { startApp, type TestApp } from '../support/app';

const VERIFIER = join(__dirname, '../../scripts/audit-verify.mjs');
const run = promisify(execFile);

describe('An export of the audit log', () => {
  let app: TestApp;
  let second: TestApp;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-export-'));
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends with the entry of itself, also where another instance seals what comes right after it', async () => {
    const { id, admin } = await app.workspace();
    const sealer = app.app.get(Sealer);
    const seal = sealer.now.bind(sealer);
    jest.spyOn(sealer, 'now').mockImplementationOnce(async (workspaceId) => {
      await seal(workspaceId);
      await second
        .http(admin.accessToken)
        .post('/v1/secrets')
        .send({ name: 'later', value: 'v' })
        .expect(201);
      await second.app.get(Sealer).now(id);
    });
    const { body } = await app
      .http(admin.accessToken)
      .get('/v1/audit-events/export')
      .buffer(true)
      .parse(asText as never)
      .expect(200);
    const text = body as string;
    expect(JSON.parse(text.trimEnd().split('\n').at(-1)!)).toMatchObject({ type: 'audit.exported' });
    const file = join(folder, 'export.ndjson');
    writeFileSync(file, text);
    expect((await run(process.execPath, [VERIFIER, file])).stdout).toMatch(/^VALID\./);
  });
});

function asText(response: NodeJS.ReadableStream, done: (failure: null, text: string) => void): void {
  let text = '';
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  response.on('end', () => done(null, text));
}
