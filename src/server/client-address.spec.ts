import { ClientAddresses } from './client-address';

describe('The address of a caller', () => {
  const behind = new ClientAddresses(['10.0.0.0/8', '192.0.2.1', '2001:db8:f::/48'], 'x-forwarded-for');
  const from = (connected: string, value?: string): string =>
    behind.of(connected, value === undefined ? {} : { 'x-forwarded-for': value });

  it('is that of the connection, whatever a stranger says', () => {
    expect(from('203.0.113.7')).toBe('203.0.113.7');
    expect(from('203.0.113.7', '198.51.100.1')).toBe('203.0.113.7');
    expect(from('192.0.2.2', '198.51.100.1')).toBe('192.0.2.2');
  });

  it('is what the outermost listed proxy saw, not what was said to it', () => {
    expect(from('10.1.2.3', '203.0.113.7')).toBe('203.0.113.7');
    expect(from('10.1.2.3', '198.51.100.1, 203.0.113.7')).toBe('203.0.113.7');
    expect(from('10.1.2.3', '198.51.100.1, 203.0.113.7, 192.0.2.1, 10.9.9.9')).toBe('203.0.113.7');
    expect(from('::ffff:10.1.2.3', '203.0.113.7')).toBe('203.0.113.7');
    expect(from('2001:db8:f::2', '2001:db8:1::9')).toBe('2001:db8:1::9');
  });

  it('stops at what is no address', () => {
    expect(from('10.1.2.3', '203.0.113.7, unknown')).toBe('10.1.2.3');
    expect(from('10.1.2.3', '203.0.113.7, evil.test, 10.0.0.9')).toBe('10.0.0.9');
    expect(from('10.1.2.3', '')).toBe('10.1.2.3');
    expect(from('10.1.2.3')).toBe('10.1.2.3');
    expect(from('10.1.2.3', '203.0.113.7, 10.0.0.9%eth0')).toBe('10.1.2.3');
    expect(from('10.1.2.3', '1'.repeat(5_000))).toBe('10.1.2.3');
  });

  it('may come with a port', () => {
    expect(from('10.1.2.3', '203.0.113.7:4711')).toBe('203.0.113.7');
    expect(from('10.1.2.3', '[2001:db8:1::9]:4711')).toBe('2001:db8:1::9');
    expect(from('10.1.2.3', '10.0.0.9, 10.0.0.8')).toBe('10.0.0.9');
  });

  it('is read from Forwarded where that is what the proxies write, and from nothing else', () => {
    const standard = new ClientAddresses(['10.0.0.0/8'], 'forwarded');
    const said = (forwarded: string): string =>
      standard.of('10.1.2.3', { forwarded, 'x-forwarded-for': '198.51.100.1' });
    expect(said('for=203.0.113.7')).toBe('203.0.113.7');
    expect(said('for=198.51.100.1, For="203.0.113.7:80";proto=https;by=10.1.2.3')).toBe('203.0.113.7');
    expect(said('proto=https;for="[2001:db8:1::9]:4711", for=10.0.0.9')).toBe('2001:db8:1::9');
    expect(said('for=198.51.100.1, for=_hidden')).toBe('10.1.2.3');
    expect(said('for=198.51.100.1, proto=https')).toBe('10.1.2.3');
    expect(said('for="198.51.100.1, for=203.0.113.7"')).toBe('10.1.2.3');
    expect(behind.of('10.1.2.3', { forwarded: 'for=198.51.100.1' })).toBe('10.1.2.3');
  });

  it('is not what a stranger says by quotes that end in what the proxy adds', () => {
    const standard = new ClientAddresses(['10.0.0.0/8'], 'forwarded');
    const said = (forwarded: string): string => standard.of('10.1.2.3', { forwarded });
    const seen = 'for="[2001:db8:1::9]:4711"';
    for (const stranger of ['for=198.51.100.1;x="', 'for=198.51.100.1;x="\\', 'for="', '"\\"', '\\']) {
      expect(said(`${stranger}, ${seen}`)).toBe('2001:db8:1::9');
      expect(said(`${stranger}, ${seen};by="10.1.2.3", for="10.0.0.9"`)).toBe('2001:db8:1::9');
      expect(said(`${stranger}, for=203.0.113.7`)).toBe('203.0.113.7');
    }
    expect(said('host="a;for=198.51.100.1";for=203.0.113.7')).toBe('203.0.113.7');
    expect(said('host="\\"";for=203.0.113.7')).toBe('203.0.113.7');
  });

  it('is not hidden by much that a stranger says', () => {
    const much = '198.51.100.1, '.repeat(1_000);
    expect(from('10.1.2.3', `${much}203.0.113.7, 10.0.0.9`)).toBe('203.0.113.7');
    const standard = new ClientAddresses(['10.0.0.0/8'], 'forwarded');
    const forwarded = `${'for=198.51.100.1, '.repeat(1_000)}for=203.0.113.7`;
    expect(standard.of('10.1.2.3', { forwarded })).toBe('203.0.113.7');
  });

  it('is never anybody else’s without listed proxies', () => {
    const alone = new ClientAddresses([], 'x-forwarded-for');
    expect(alone.of('127.0.0.1', { 'x-forwarded-for': '198.51.100.1' })).toBe('127.0.0.1');
  });
});
