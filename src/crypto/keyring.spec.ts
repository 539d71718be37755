import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { Keyring } from './keyring';
import { Secret } from './secret';

describe('A keyring', () => {
  const keyring = new Keyring(randomBytes(32));

  it('opens what it sealed, in the same context only', () => {
    const sealed = keyring.seal('client secret', 'secrets|1');
    expect(keyring.open(sealed, 'secrets|1').toString()).toBe('client secret');
    expect(() => keyring.open(sealed, 'secrets|2')).toThrow();
  });

  it('never seals the same text alike', () => {
    expect(keyring.seal('x', 'c')).not.toBe(keyring.seal('x', 'c'));
  });

  it('refuses a changed text and says when the key is another', () => {
    const sealed = keyring.seal('x'.repeat(20), 'c');
    const parts = sealed.split('.');
    parts[3] = Buffer.from('y'.repeat(20)).toString('base64url');
    expect(() => keyring.open(parts.join('.'), 'c')).toThrow();
    // Of a short tag somebody would guess one that fits.
    const [tag, ...others] = sealed.split('.').reverse();
    for (const bytes of [4, 8, 12]) {
      const short = Buffer.from(tag!, 'base64url').subarray(0, bytes).toString('base64url');
      expect(() => keyring.open([short, ...others].reverse().join('.'), 'c')).toThrow();
    }
    expect(() => new Keyring(randomBytes(32)).open(sealed, 'c')).toThrow(/another encryption key/);
  });

  it('seals under one key and opens what others sealed', () => {
    const [old, young] = [randomBytes(32), randomBytes(32)];
    const sealed = new Keyring(old).seal('x', 'c');
    const both = new Keyring(young, [old]);
    expect(both.open(sealed, 'c').toString()).toBe('x');
    expect(sealed.startsWith(both.prefix)).toBe(false);
    const again = both.seal(both.open(sealed, 'c'), 'c');
    expect(again.startsWith(both.prefix)).toBe(true);
    expect(() => new Keyring(old).open(again, 'c')).toThrow(/another encryption key/);
    expect(() => new Keyring(young, [Buffer.alloc(16)])).toThrow('32 bytes');
  });

  it('finds by hashes of one key, whatever seals', () => {
    const [old, young, stable] = [
      new Keyring(randomBytes(32)),
      new Keyring(randomBytes(32)),
      randomBytes(32),
    ];
    for (const one of [old, young]) one.macWith(stable);
    expect(young.mac('a@b.test', 'people')).toBe(old.mac('a@b.test', 'people'));
    expect(young.mac('a@b.test', 'people')).not.toBe(young.mac('a@b.test', 'devices'));
  });
});

describe('A secret', () => {
  it('does not leak by being printed', () => {
    const secret = new Secret('hunter2');
    expect([String(secret), JSON.stringify({ secret }), inspect(secret)].join()).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });
});
