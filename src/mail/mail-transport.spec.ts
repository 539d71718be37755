import { mkdtempSync, promises, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { html } from '../http/html';
import { OutboxTransport, SmtpTransport } from './mail-transport';

const mail = {
  to: 'ada@acme.test',
  subject: 'Join Acmé',
  text: 'Open https://x.test/#a=b',
  html: html`<p>Open</p>`,
};

describe('The outbox', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-mail-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('keeps one readable file per mail, for nobody else on the machine', async () => {
    const outbox = new OutboxTransport(join(directory, 'outbox'), 'Gatehouse <no-reply@gatehouse.test>');
    await outbox.send(mail);
    await outbox.send({ ...mail, to: 'bob@acme.test' });
    const files = readdirSync(join(directory, 'outbox')).sort();
    expect(files).toHaveLength(2);
    const path = join(directory, 'outbox', files[0]!);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ ...mail, html: '<p>Open</p>' });
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('leaves no part of a mail behind that it could not write', async () => {
    const full = join(directory, 'full');
    const write = jest.spyOn(promises, 'writeFile');
    write.mockImplementationOnce(async (path) => {
      writeFileSync(path as string, '{"to": "ada@acme.te');
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    const outbox = new OutboxTransport(full, 'no-reply@gatehouse.test');
    await expect(outbox.send(mail)).rejects.toThrow('no space');
    expect(readdirSync(full)).toEqual([]);
    await outbox.send(mail);
    expect(readdirSync(full)).toHaveLength(1);
  });
});

describe('The SMTP transport', () => {
  it('hands a mail to the server, with text and HTML', async () => {
    const sink = await listen();
    await new SmtpTransport(sink.url, 'Gatehouse <no-reply@gatehouse.test>').send(mail);
    await sink.close();
    expect(sink.heard()).toContain('RCPT TO:<ada@acme.test>');
    expect(sink.heard()).toContain('Content-Type: text/plain');
    expect(sink.heard()).toContain('Content-Type: text/html');
  });

  it('rejects when nobody listens', async () => {
    const sink = await listen();
    await sink.close();
    await expect(new SmtpTransport(sink.url, 'no-reply@gatehouse.test').send(mail)).rejects.toThrow();
  });

  it('cannot be made to address somebody else by a line break', async () => {
    const sink = await listen();
    const smuggled = { ...mail, subject: 'Hello\r\nBcc: eve@evil.test' };
    await new SmtpTransport(sink.url, 'no-reply@gatehouse.test').send(smuggled);
    await sink.close();
    expect(sink.heard()).not.toMatch(/^Bcc:/m);
    expect(sink.heard()).not.toContain('RCPT TO:<eve@evil.test>');
  });
});

/** Just enough of RFC 5321 to take one mail. */
async function listen(): Promise<{ url: string; heard(): string; close(): Promise<void> }> {
  let heard = '';
  const server: Server = createServer((socket: Socket) => {
    let inData = false;
    socket.write('220 sink\r\n');
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      if (inData) {
        if (!heard.endsWith('\r\n.\r\n')) return;
        inData = false;
        socket.write('250 taken\r\n');
        return;
      }
      for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
        if (/^DATA/i.test(line)) inData = true;
        if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else socket.write(inData ? '354 go on\r\n' : '250 ok\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    heard: () => heard,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
