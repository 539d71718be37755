import { Config, ConfigError } from './config';
import { readDnsServer } from './dns-server';

describe('A DNS server in DNS_SERVERS', () => {
  it.each([
    ['10.0.0.53', { host: '10.0.0.53', port: 53 }],
    ['10.0.0.53:5353', { host: '10.0.0.53', port: 5353 }],
    ['2001:db8::53', { host: '2001:db8::53', port: 53 }],
    ['[2001:db8::53]:5353', { host: '2001:db8::53', port: 5353 }],
    ['dns.acme.internal', { host: 'dns.acme.internal', port: 53 }],
    ['localhost:53', { host: 'localhost', port: 53 }],
  ])('may be %s', (entry, server) => {
    expect(readDnsServer(entry)).toEqual(server);
    expect(new Config({ NODE_ENV: 'test', DNS_SERVERS: entry }).dnsServers).toEqual([server]);
  });

  it.each(['127.0.0.1:0', '127.0.0.1:99999', 'a:b:c', 'x:y', '127.0.0.1:53/udp'])('is never %s', (entry) => {
    expect(readDnsServer(entry)).toBeUndefined();
    expect(() => new Config({ NODE_ENV: 'test', DNS_SERVERS: `10.0.0.53,${entry}` })).toThrow(ConfigError);
  });
});
