import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config';
import { html } from '../http/html';
import { MailService } from './mail.service';

const ADA = 'ada@acme.test';

describe('Mails in the outbox', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-mails-'));
  const outbox = join(dataDir, 'outbox');
  const service = (smtpUrl?: string): MailService =>
    new MailService({ dataDir, smtpUrl, mailFrom: 'no-reply@gatehouse.test' } as Config);
  const write = (to: string): Promise<boolean> =>
    service().send({ to, subject: 'Welcome', text: 'Hello.', html: html`<p>Hello.</p>` });

  afterEach(() => rmSync(outbox, { recursive: true, force: true }));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  it('are found and forgotten also once a mail server is there', async () => {
    await write(ADA);
    await write('bob@acme.test');
    const withServer = service('smtp://127.0.0.1:1');
    expect(await withServer.keptFor([ADA])).toMatchObject([{ to: ADA, subject: 'Welcome' }]);

    await withServer.forget([ADA]);
    expect(await withServer.keptFor([ADA])).toEqual([]);
    expect(readdirSync(outbox)).toHaveLength(1);
  });

  it.each(['', 'null', '{"to": "bob@acme.test", "sub'])(
    'are forgotten beside a file that holds %j',
    async (damaged) => {
      await write(ADA);
      writeFileSync(join(outbox, '0-damaged.json'), damaged);
      await service().forget([ADA]);
      expect(readdirSync(outbox)).toEqual(['0-damaged.json']);
    },
  );

  it('are forgotten also where a file is damaged and names the person', async () => {
    await write('bob@acme.test');
    writeFileSync(join(outbox, '0-damaged.json'), `{"to": "${ADA}", "sub`);
    await service().forget([ADA]);
    expect(readdirSync(outbox)).toEqual([expect.not.stringContaining('damaged')]);
  });
});
