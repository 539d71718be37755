import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestApp } from './app';

/** The text messages to this number that lie in the outbox, oldest first. */
export function messagesTo({ dataDir }: TestApp, number: string): string[] {
  const outbox = join(dataDir, 'outbox');
  if (!existsSync(outbox)) return [];
  return readdirSync(outbox)
    .filter((name) => name.endsWith('-sms.json') && !name.startsWith('.'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(outbox, name), 'utf8')) as { to: string; text: string })
    .filter(({ to }) => to === number)
    .map(({ text }) => text);
}

/** The code in a message. */
export const codeIn = (text: string): string => /\b\d{6}\b/.exec(text)![0];
