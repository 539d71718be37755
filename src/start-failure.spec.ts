import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Keyring } from './crypto/keyring';
import { StartError } from './database/start-error';
import { startFailure } from './start-failure';

describe('Why the service did not start', () => {
  const listen = (server: Server, port: number, host: string): Promise<unknown> =>
    new Promise((resolve) => server.once('error', resolve).once('listening', resolve).listen(port, host));
  const thrownBy = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (failure) {
      return failure;
    }
  };
  const said = (failure: unknown): string => {
    const explained = startFailure(failure);
    expect(explained).toBeInstanceOf(StartError);
    return (explained as StartError).message;
  };

  it('is one sentence where somebody else listens already', async () => {
    const first = createServer();
    await listen(first, 0, '127.0.0.1');
    const { port } = first.address() as AddressInfo;
    const failure = await listen(createServer(), port, '127.0.0.1');
    expect(said(failure)).toBe('Something else listens at HOST and PORT already. (EADDRINUSE)');
    first.close();
  });

  it('is one sentence where HOST is no address of this machine', async () => {
    expect(said(await listen(createServer(), 0, '192.0.2.1'))).toMatch(/^HOST is no address/);
    expect(said({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })).toMatch(/^HOST is no address/);
  });

  it('is one sentence where a file or directory cannot be used', () => {
    const failure = thrownBy(() => mkdirSync('/dev/null/data', { recursive: true }));
    expect(said(failure)).toMatch(/^\/dev\/null\S* cannot be used: see DATA_DIR\. \(ENOTDIR, mkdir\)$/);
  });

  it('is one sentence where the key is not that of the database', () => {
    const sealed = new Keyring(randomBytes(32)).seal('word', 'of a test');
    const failure = thrownBy(() => new Keyring(randomBytes(32)).open(sealed, 'of a test'));
    expect(said(failure)).toMatch(/^ENCRYPTION_KEY does not open what this database holds: /);
  });

  it('stays as it is where nobody foresaw it', () => {
    const failure = new Error('Something else');
    expect(startFailure(failure)).toBe(failure);
  });
});
