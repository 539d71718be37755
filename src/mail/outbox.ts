import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A mail that lies in the outbox. */
export interface KeptMail {
  readonly to: string;
  readonly subject: string;
  readonly sentAt: string;
}

/** The files that OutboxTransport writes, as something that can be searched. */
export class Outbox {
  constructor(private readonly directory: string) {}

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
