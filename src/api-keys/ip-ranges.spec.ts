import { isAllowedAddress, isIpRange } from './ip-ranges';

describe('Allowed addresses of an API key', () => {
  it.each(['192.0.2.1', '192.0.2.0/24', '0.0.0.0/0', '2001:db8::1', '2001:db8::/32', '::ffff:192.0.2.0/120'])(
    'may be %s',
    (range) => expect(isIpRange(range)).toBe(true),
  );

  it.each([
    '',
    'acme.test',
    '192.0.2',
    '192.0.2.256',
    '0300.0.2.1',
    '192.0.2.1/33',
    '192.0.2.1/',
    '::1/129',
    'fe80::1%eth0',
    '1.2.3.4/8/8',
    '10.0.0.0/08',
    7,
    null,
  ])('may not be %p', (range) => expect(isIpRange(range)).toBe(false));

  it('are all addresses when none is named', () => {
    expect(isAllowedAddress([], '198.51.100.7')).toBe(true);
  });

  it('are those in any of the ranges and no others', () => {
    const ranges = ['192.0.2.0/24', '2001:db8::/32', '203.0.113.9'];
    for (const inside of ['192.0.2.255', '2001:db8:ffff::1', '203.0.113.9']) {
      expect(isAllowedAddress(ranges, inside)).toBe(true);
    }
    for (const outside of ['192.0.3.0', '2001:db9::1', '203.0.113.10', '', 'not an address']) {
      expect(isAllowedAddress(ranges, outside)).toBe(false);
    }
  });

  it('hold for IPv4 that arrives written as IPv6, and the other way round', () => {
    expect(isAllowedAddress(['192.0.2.0/24'], '::ffff:192.0.2.7')).toBe(true);
    expect(isAllowedAddress(['::ffff:192.0.2.0/120'], '192.0.2.7')).toBe(true);
    expect(isAllowedAddress(['::ffff:192.0.2.0/120'], '192.0.3.7')).toBe(false);
    expect(isAllowedAddress(['::ffff:0:0/96'], '192.0.2.7')).toBe(true);
    // A range of IPv6 that is wider than all of IPv4.
    expect(isAllowedAddress(['::ffff:192.0.2.0/64'], '::1')).toBe(true);
    expect(isAllowedAddress(['::ffff:192.0.2.0/64'], '192.0.2.7')).toBe(false);
  });
});
