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
    expect(() => new Keyring(randomBytes(32)).open(sealed, 'c')).toThrow(/another encryption key/);
  });
});

describe('A secret', () => {
  it('does not leak by being printed', () => {
    const secret = new Secret('hunter2');
    expect([String(secret), JSON.stringify({ secret }), inspect(secret)].join()).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });
});
