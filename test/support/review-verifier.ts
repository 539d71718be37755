import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERIFIER = join(__dirname, '../../scripts/access-review-verify.mjs');
const run = promisify(execFile);

/** What `npm run review:verify` says of these files. */
export async function verified(json: string, csv: string, key?: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'review-'));
  try {
    const [file, table] = [join(folder, 'r.json'), join(folder, 'r.csv')];
    writeFileSync(file, json);
    writeFileSync(table, csv);
    const given = [VERIFIER, file, '--csv', table, ...(key ? ['--key', key] : [])];
    return await run(process.execPath, given).then(
      ({ stdout }) => stdout.trim(),
      ({ stderr }: { stderr: string }) => stderr.trim(),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
