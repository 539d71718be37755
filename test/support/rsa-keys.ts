import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Beside what Jest keeps, out of the repository: nothing is ever signed with these but what a test reads. */
const KEPT = join(__dirname, '../../node_modules/.cache/gatehouse-test-keys');
const asked = new Map<number, number>();

/**
 * A private RSA key (PKCS#8 in PEM) that this test file was not given before. Making one takes longer than most tests,
 * so the first one that any file asks for is the same in all files, and so on.
 */
export function rsaKey(bits: number): string {
  const nth = asked.get(bits) ?? 0;
  asked.set(bits, nth + 1);
  const file = join(KEPT, `rsa-${bits}-${nth}.pem`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: bits,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    keep(file, privateKey);
    return privateKey;
  }
}

/** Whole or not at all: several files run at once. Where nothing can be written, each file makes its own. */
function keep(file: string, content: string): void {
  try {
    mkdirSync(KEPT, { recursive: true });
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, content, { mode: 0o600 });
    renameSync(unfinished, file);
  } catch {
    // The next file pays for it again.
  }
}
