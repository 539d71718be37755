import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../config/make-directory';
import { naming } from './addresses-in-text';

/** A mail that lies in the outbox. */
export interface KeptMail {
  readonly to: string;
  readonly subject: string;
  readonly sentAt: string;
}

/** What is sent to nobody, as files that are for nobody else on the machine, and that can be searched. */
export class Outbox {
  constructor(private readonly directory: string) {}

  /**
   * Complete as soon as it can be seen. One that cannot be written to its end leaves nothing behind: a part of it would
   * be found by nobody who looks for whom it is about.
   */
  async put(name: string, content: object): Promise<void> {
    makeDirectory(this.directory, 0o700);
    const draft = join(this.directory, `.${name}`);
    try {
      await writeFile(draft, JSON.stringify(content, null, 2), { mode: 0o600 });
      await rename(draft, join(this.directory, name));
    } catch (failure) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw failure;
    }
  }

  /** Mails in which one of these addresses stands. */
  async about(addresses: readonly string[]): Promise<KeptMail[]> {
    const found = await this.find(addresses);
    return found.map(({ mail: { to, subject, sentAt } }) => ({ to, subject, sentAt }));
  }

  /** Deletes them, to whomever they went. */
  async forget(addresses: readonly string[]): Promise<void> {
    for (const { path } of await this.find(addresses)) await rm(path, { force: true });
  }

  private async find(addresses: readonly string[]): Promise<{ path: string; mail: KeptMail }[]> {
    const isTheirs = naming(addresses);
    const files = await readdir(this.directory).catch(() => []);
    const found: { path: string; mail: KeptMail }[] = [];
    for (const file of files.filter(isWhole)) {
      const path = join(this.directory, file);
      const mail = read(await readFile(path, 'utf8').catch(() => ''));
      if (Object.values(mail).some((part) => isTheirs(String(part)))) found.push({ path, mail });
    }
    return found.sort((one, other) => (one.path < other.path ? -1 : 1));
  }
}

/** A file that a crash or somebody's editor has damaged is gone through as the text it is, and keeps no other waiting. */
function read(text: string): KeptMail {
  try {
    return Object(JSON.parse(text)) as KeptMail;
  } catch {
    return { to: '', subject: '', sentAt: '', ...{ text } };
  }
}

/** What is still being written begins with a dot. */
const isWhole = (name: string): boolean => name.endsWith('.json') && !name.startsWith('.');
