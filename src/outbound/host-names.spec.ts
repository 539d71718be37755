import { Resolver } from 'node:dns/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DnsServer } from '../../test/support/dns-server';
import { HostNames } from './host-names';

describe('The addresses of a host that anybody may name', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-hosts-'));
  const hostsFile = join(directory, 'hosts');
  let dns: DnsServer;
  let names: HostNames;

  beforeAll(async () => {
    dns = await DnsServer.start();
    dns.set('idp.example', { addresses: ['93.184.215.14', '93.184.215.15'] });
    dns.set('mail.example', ['only a text']);
    dns.set('failing.example', 'failing');
    for (let index = 0; index < 50; index += 1) dns.set(`silent-${index}.example`, 'silent');
    names = new (class extends HostNames {
      protected override resolver(): Resolver {
        const resolver = new Resolver({ timeout: 500, tries: 1 });
        resolver.setServers([dns.address]);
        return resolver;
      }
    })(hostsFile);
  });
  afterAll(async () => {
    await dns.close();
    rmSync(directory, { recursive: true });
  });
  beforeEach(() => writeFileSync(hostsFile, '127.0.0.1 localhost\n'));

  const never = () => new AbortController().signal;
  const of = (host: string, deadline = never()) => names.ofAnybody(host, deadline);
  const failure = (code: string) => expect.objectContaining({ code });

  it('are all that DNS has', async () => {
    expect(await of('idp.example')).toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '93.184.215.15', family: 4 },
    ]);
  });

  it('are those of the hosts file where it lists the name, and DNS is not asked', async () => {
    writeFileSync(
      hostsFile,
      '# 10.9.9.9 idp.example\n10.1.2.3\tIdP.example other # 10.8.8.8\n::5 x idp.example\n1.2 idp.example',
    );
    const before = dns.asked.length;
    expect(await of('idp.example')).toEqual([
      { address: '10.1.2.3', family: 4 },
      { address: '::5', family: 6 },
    ]);
    expect(dns.asked.length).toBe(before);
  });

  it('are those of this machine for localhost and names under it, unless the hosts file says which', async () => {
    expect(await of('localhost')).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(await of('idp.localhost')).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });

  it('are not found without a hosts file either', async () => {
    await expect(
      new HostNames(join(directory, 'none')).ofAnybody('localhost', never()),
    ).resolves.toHaveLength(2);
  });

  it('do not exist for a name that DNS does not know, or knows otherwise', async () => {
    await expect(of('nobody.example')).rejects.toEqual(failure('ENOTFOUND'));
    await expect(of('mail.example')).rejects.toEqual(failure('ENODATA'));
    await expect(of('failing.example')).rejects.toEqual(failure('ESERVFAIL'));
  });

  it('are found while fifty names are asked for whose servers never answer', async () => {
    const waiting = Array.from({ length: 50 }, (_, index) => of(`silent-${index}.example`));
    let answered = 0;
    const settled = waiting.map((look) => look.catch(() => (answered += 1)));
    expect(await of('idp.example')).toHaveLength(2);
    expect(answered).toBe(0);
    await Promise.all(settled);
    await expect(waiting[49]).rejects.toEqual(failure('ETIMEOUT'));
  });

  it('are not waited for beyond the deadline', async () => {
    const deadline = new AbortController();
    const look = of('silent-0.example', deadline.signal);
    setTimeout(() => deadline.abort(), 20);
    await expect(look).rejects.toEqual(failure('ECANCELLED'));
  });

  it('are not waited for when the deadline came while the hosts file was read', async () => {
    await expect(of('silent-0.example', AbortSignal.abort())).rejects.toEqual(failure('ECANCELLED'));
  });
});
