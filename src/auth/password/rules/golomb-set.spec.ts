import { randomBytes } from 'node:crypto';
import { commonPasswords } from './common-passwords';
import { GolombSet } from './golomb-set';

describe('A Golomb set', () => {
  const members = new Set(Array.from({ length: 2_000 }, (_, index) => `member ${index}`));

  it('has all its members, also after it was written and read', () => {
    const set = GolombSet.read(GolombSet.of(members, 10).write());
    for (const member of members) expect(set.has(member)).toBe(true);
    expect(set.size).toBe(2_000);
  });

  it('has hardly anything else, and takes hardly more bits than it must', () => {
    const bytes = GolombSet.of(members, 10).write();
    const set = GolombSet.read(bytes);
    const wrong = Array.from({ length: 20_000 }, (_, index) => `other ${index}`).filter((text) =>
      set.has(text),
    );
    // One in 1024 are 20 of these.
    expect(wrong.length).toBeLessThan(40);
    expect((bytes.length * 8) / members.size).toBeLessThan(12);
  });

  it('is nothing else than such a set', () => {
    expect(() => GolombSet.read(Buffer.from('something else'))).toThrow('no set');
    expect(() => GolombSet.of(members, 30)).toThrow('Too many');
  });
});

describe('The list of common passwords', () => {
  it('is the one that was built', () => expect(commonPasswords().size).toBeGreaterThan(200_000));

  it.each([
    'password',
    '12345678',
    'qwertyuiop',
    'iloveyou',
    'dragon',
    'letmein',
    'p@ssw0rd',
    '1q2w3e4r5t6y7u8i',
  ])('knows %s', (password) => expect(commonPasswords().has(password)).toBe(true));

  it('takes fewer than one in a thousand other passwords for one of its own', () => {
    const drawn = Array.from({ length: 20_000 }, () => randomBytes(12).toString('base64url').toLowerCase());
    // One in 4096 are 5 of these; 20 come by chance once in a million runs.
    expect(drawn.filter((password) => commonPasswords().has(password)).length).toBeLessThan(20);
  });
});
