import { DnsServer } from '../../test/support/dns-server';
import { Config } from '../config/config';
import { DnsUnavailable, TxtResolver } from './txt-resolver';

const resolverAt = (servers: string) =>
  new TxtResolver(new Config({ NODE_ENV: 'test', DNS_SERVERS: servers }));

describe('A look-up of TXT records', () => {
  let dns: DnsServer;

  beforeAll(async () => {
    dns = await DnsServer.start();
  });
  afterAll(() => dns.close());

  it('finds every text at a name', async () => {
    dns.set('_gatehouse.acme.test', ['one', 'two']);
    await expect(resolverAt(dns.address).texts('_gatehouse.acme.test')).resolves.toEqual(['one', 'two']);
  });

  it('joins the strings of a long text', async () => {
    dns.set('long.acme.test', ['x'.repeat(300)]);
    await expect(resolverAt(dns.address).texts('long.acme.test')).resolves.toEqual(['x'.repeat(300)]);
  });

  it('finds nothing where there is no such name, or no TXT record', async () => {
    dns.set('empty.acme.test', []);
    await expect(resolverAt(dns.address).texts('nobody.acme.test')).resolves.toEqual([]);
    await expect(resolverAt(dns.address).texts('empty.acme.test')).resolves.toEqual([]);
  });

  it('tells an unanswered question from an answer', async () => {
    dns.set('broken.acme.test', 'failing');
    await expect(resolverAt(dns.address).texts('broken.acme.test')).rejects.toThrow(DnsUnavailable);
  });

  it('gives up on a server that never answers', async () => {
    dns.set('silent.acme.test', 'silent');
    await expect(resolverAt(dns.address).texts('silent.acme.test')).rejects.toThrow(DnsUnavailable);
  }, 15_000);

  it('asks a server given by name', async () => {
    dns.set('named.acme.test', ['here']);
    const [, port] = dns.address.split(':');
    await expect(resolverAt(`localhost:${port}`).texts('named.acme.test')).resolves.toEqual(['here']);
  });
});
