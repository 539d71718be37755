import { isPublicAddress, mayReach, readAllowedTargets } from './address-policy';

describe('A public address', () => {
  it.each([
    '8.8.8.8',
    '93.184.215.14',
    '172.15.255.255',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::1',
  ])('is %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'this network'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'link-local: cloud metadata'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.170', 'protocol assignments'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', '6to4 relay'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'benchmarking'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::7f00:1', 'IPv4-compatible loopback'],
    ['::ffff:127.0.0.1', 'IPv4-mapped loopback'],
    ['::ffff:8.8.8.8', 'IPv4-mapped'],
    ['::ffff:0:10.0.0.1', 'IPv4-translated'],
    ['64:ff9b::7f00:1', 'NAT64'],
    ['64:ff9b:1::a00:1', 'NAT64, local use'],
    ['100::1', 'discard'],
    ['2001::1', 'Teredo'],
    ['2001:db8::1', 'documentation'],
    ['2002:7f00:1::', '6to4 of loopback'],
    ['3fff::1', 'documentation'],
    ['5f00::1', 'segment routing'],
    ['fc00::1', 'unique-local'],
    ['fd12:3456::1', 'unique-local'],
    ['fe80::1', 'link-local'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['localhost', 'no address at all'],
    ['', 'nothing'],
  ])('is not %s (%s)', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('Where a request may go', () => {
  const to = (host: string, address: string, port = 443) => ({ host, address, port });

  it('is any public host by https', () => {
    expect(mayReach([], 'https:', to('idp.example', '93.184.215.14'))).toBe(true);
    expect(mayReach([], 'https:', to('idp.example', '93.184.215.14', 8443))).toBe(true);
  });

  it('is not a public host by http, nor one on the port of another protocol', () => {
    expect(mayReach([], 'http:', to('idp.example', '93.184.215.14', 80))).toBe(false);
    expect(mayReach([], 'https:', to('idp.example', '93.184.215.14', 25))).toBe(false);
  });

  it('is a private host, on any port and by http, when the operator names it', () => {
    const allowed = readAllowedTargets(['idp.internal', '::1', 'LOCALHOST.:8080']);
    expect(mayReach(allowed, 'http:', to('idp.internal', '10.0.0.5', 8080))).toBe(true);
    expect(mayReach(allowed, 'http:', to('::1', '0:0:0:0:0:0:0:1', 9000))).toBe(true);
    expect(mayReach(allowed, 'http:', to('localhost', '127.0.0.1', 8080))).toBe(true);
    expect(mayReach(allowed, 'http:', to('localhost', '127.0.0.1', 8081))).toBe(false);
    expect(mayReach(allowed, 'https:', to('other.internal', '10.0.0.5'))).toBe(false);
  });

  it('is an address inside an allowed block, and never one of the other family', () => {
    const allowed = readAllowedTargets(['10.1.0.0/16', 'fd00::/8']);
    expect(mayReach(allowed, 'http:', to('idp.internal', '10.1.2.3', 80))).toBe(true);
    expect(mayReach(allowed, 'http:', to('idp.internal', 'fd00::5', 80))).toBe(true);
    expect(mayReach(allowed, 'https:', to('idp.internal', '10.2.0.1'))).toBe(false);
    expect(mayReach(allowed, 'https:', to('idp.internal', '::ffff:10.1.2.3'))).toBe(false);
  });
});

describe('OUTBOUND_ALLOW', () => {
  it.each(['10.0.0.0/33', 'host:0', 'host:65536', 'http://host', '[::1', 'a b', ''])(
    'refuses the entry "%s"',
    (entry) => {
      expect(() => readAllowedTargets(['idp.internal', entry])).toThrow(
        /^OUTBOUND_ALLOW must .* its entry 2 /,
      );
    },
  );

  it('takes addresses with a port, IPv6 in brackets', () => {
    const allowed = readAllowedTargets(['[::1]:9000', '127.0.0.1:9001']);
    expect(mayReach(allowed, 'http:', { host: '::1', address: '::1', port: 9000 })).toBe(true);
    expect(mayReach(allowed, 'http:', { host: 'localhost', address: '127.0.0.1', port: 9001 })).toBe(true);
    expect(mayReach(allowed, 'http:', { host: 'localhost', address: '127.0.0.1', port: 9000 })).toBe(false);
  });
});
