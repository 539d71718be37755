import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../../src/database/database';
import { AdminMail } from '../../src/mail/admin-mail';
import type { Notice } from '../../src/mail/notice';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';

const NOTICE: Notice = {
  subject: 'A domain is failing',
  paragraphs: ['The record of <acme.test> is gone.', 'Put it back.'],
  items: ['acme.test'],
  link: { path: '/console', label: 'Open the console' },
};

describe('A mail to the admins', () => {
  let service: TestApp;
  let acme: TestWorkspace;
  beforeAll(async () => {
    service = await startApp();
  });
  beforeEach(async () => {
    acme = await service.workspace();
  });
  afterAll(() => service?.close());

  const send = (notice: Notice, fail = false): Promise<boolean> =>
    service.app.get(Database).inWorkspace(acme.id, async () => {
      const sent = await service.app.get(AdminMail, { strict: false }).send(notice);
      if (fail) throw new Error('Taken back.');
      return sent;
    });
  const mails = (address = acme.admin.email) => mailsTo(service, address);

  it('goes to everybody who is an admin at that moment, and to nobody else', async () => {
    const second = await service.member(acme, 'admin');
    const editor = await service.member(acme, 'editor');
    const gone = await service.member(acme, 'admin');
    await service.http(acme.admin.accessToken).delete(`/v1/members/${gone.memberId}`).expect(204);
    const stranger = await service.workspace();

    await expect(send(NOTICE)).resolves.toBe(true);
    expect(mails()).toHaveLength(1);
    expect(mails(second.email)).toHaveLength(1);
    for (const { email } of [editor, gone, stranger.admin]) expect(mails(email)).toEqual([]);
  });

  it('says what happened as text and as HTML, and links to our own pages only', async () => {
    await send(NOTICE);
    const [mail] = mails();
    expect(mail!.subject).toBe(`${acme.slug}: A domain is failing`);
    expect(mail!.text).toContain('The record of <acme.test> is gone.');
    expect(mail!.text).toContain('- acme.test');
    expect(mail!.text).toContain(`Open the console: ${service.baseUrl}/console`);
    expect(mail!.html).toContain('The record of &#60;acme.test&#62; is gone.');
    expect(mail!.html).toContain(`<a href="${service.baseUrl}/console">Open the console</a>`);
  });

  it('leaves only when the deed stands', async () => {
    await expect(send({ ...NOTICE, key: 'k' }, true)).rejects.toThrow('Taken back.');
    expect(mails()).toEqual([]);
    await expect(send({ ...NOTICE, key: 'k' })).resolves.toBe(true);
    expect(mails()).toHaveLength(1);
  });

  it('is sent once per key and workspace, also when several want to at the same moment', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => send({ ...NOTICE, key: 'once' })));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(mails()).toHaveLength(1);
    await expect(send({ ...NOTICE, key: 'twice' })).resolves.toBe(true);
    acme = await service.workspace();
    await expect(send({ ...NOTICE, key: 'once' })).resolves.toBe(true);
    expect(mails()).toHaveLength(1);
  });

  it('that nobody took waits, and leaves once somebody does', async () => {
    const outbox = join(service.dataDir, 'outbox');
    rmSync(outbox, { recursive: true, force: true });
    writeFileSync(outbox, 'no directory');
    await send({ ...NOTICE, key: 'stubborn' });
    rmSync(outbox);
    mkdirSync(outbox);
    chmodSync(outbox, 0o700);
    await expect(send({ ...NOTICE, key: 'stubborn' })).resolves.toBe(false);
    expect(mails()).toEqual([]);
    await service.app.get(Schedule).run('mail.deliver', new Date(Date.now() + 3_600_000));
    expect(mails()).toHaveLength(1);
  });

  it('that never left is not forgotten: the next one of the same key is sent', async () => {
    const outbox = join(service.dataDir, 'outbox');
    rmSync(outbox, { recursive: true, force: true });
    writeFileSync(outbox, 'no directory');
    await send({ ...NOTICE, key: 'lost' });
    await service.sql('update mail_jobs set attempts = 100 where workspace_id = $1', [acme.id]);
    await service.app.get(Schedule).run('mail.deliver', new Date(Date.now() + 3_600_000));
    rmSync(outbox);
    mkdirSync(outbox);
    chmodSync(outbox, 0o700);
    await expect(send({ ...NOTICE, key: 'lost' })).resolves.toBe(true);
    expect(mails()).toHaveLength(1);
  });

  it('that one admin got is not sent again because another could not be reached', async () => {
    await service.member(acme, 'admin');
    const outbox = join(service.dataDir, 'outbox');
    rmSync(outbox, { recursive: true, force: true });
    writeFileSync(outbox, 'no directory');
    await send({ ...NOTICE, key: 'half' });
    await service.sql(
      `update mails set status = 'sent', sealed = null, recipient = null, closed_at = now()
        where id = (select id from mails where workspace_id = $1 and status = 'queued' limit 1)`,
      [acme.id],
    );
    await service.sql('update mail_jobs set attempts = 100 where workspace_id = $1', [acme.id]);
    await service.app.get(Schedule).run('mail.deliver', new Date(Date.now() + 3_600_000));
    rmSync(outbox);
    mkdirSync(outbox);
    chmodSync(outbox, 0o700);
    await expect(send({ ...NOTICE, key: 'half' })).resolves.toBe(false);
  });
});
