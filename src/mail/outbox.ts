import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
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
    return found.map(({ text }) => {
      const { to, subject, sentAt } = JSON.parse(text) as KeptMail;
      return { to, subject, sentAt };
    });
  }

  /** Deletes them, to whomever they went. */
  async forget(addresses: readonly string[]): Promise<void> {
    for (const { path } of await this.find(addresses)) await rm(path, { force: true });
  }

  private async find(addresses: readonly string[]): Promise<{ path: string; text: string }[]> {
    const files = await readdir(this.directory).catch(() => []);
    const found: { path: string; text: string }[] = [];
    for (const file of files.filter(isWhole)) {
      const path = join(this.directory, file);
      const text = await readFile(path, 'utf8').catch(() => '');
      const content = text.toLowerCase();
      if (addresses.some((address) => content.includes(address.toLowerCase()))) found.push({ path, text });
    }
    return found.sort((one, other) => (one.path < other.path ? -1 : 1));
  }
}

/** What is still being written begins with a dot. */
const isWhole = (name: string): boolean => name.endsWith('.json') && !name.startsWith('.');
