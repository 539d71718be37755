import { cityRecord, geoDatabase } from '../../../../test/support/geo-database';
import { GeoDatabase } from './geo-database';

const NETWORKS = {
  '203.0.113.0/24': cityRecord('Berlin', 'Germany'),
  '203.0.113.128/25': cityRecord('A town with a name that is longer than twenty-eight characters', 'Germany'),
  '198.51.100.7/32': cityRecord(undefined, 'France'),
  '2001:db8::/32': cityRecord('Zürich', 'Switzerland'),
};

describe('A database of places', () => {
  it.each([24, 28, 32] as const)('says where addresses are, with records of %d bits', (recordBits) => {
    const database = new GeoDatabase(geoDatabase(NETWORKS, { recordBits }));
    expect(database.placeOf('203.0.113.1')).toBe('Berlin, Germany');
    expect(database.placeOf('::ffff:203.0.113.1')).toBe('Berlin, Germany');
    expect(database.placeOf('203.0.113.200')).toMatch(/^A town .*, Germany$/);
    expect(database.placeOf('198.51.100.7')).toBe('France');
    expect(database.placeOf('2001:db8:1::2')).toBe('Zürich, Switzerland');
    expect(['198.51.100.8', '192.0.2.1', '2001:db9::1'].map((ip) => database.placeOf(ip))).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('may know IPv4 only', () => {
    const { '2001:db8::/32': _, ...ipv4 } = NETWORKS;
    const database = new GeoDatabase(geoDatabase(ipv4, { ipVersion: 4 }));
    expect(database.placeOf('203.0.113.1')).toBe('Berlin, Germany');
    expect(database.placeOf('2001:db8::1')).toBeNull();
  });

  it.each<[string, () => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('<html>')],
    ['cut off at the front', () => geoDatabase(NETWORKS).subarray(-250)],
  ])('is refused when it is %s', (_, file) => {
    expect(() => new GeoDatabase(file())).toThrow();
  });
});
