import { randomUUID } from 'node:crypto';
import { timeOfUuidV7, uuidV7 } from './uuid-v7';

describe('A UUIDv7', () => {
  it.each([0, 1_764_000_000_123, Date.now(), 2 ** 48 - 1])('tells when it was made: %d', (time) => {
    expect(timeOfUuidV7(uuidV7(time))).toBe(time);
  });

  it.each([randomUUID(), 'nope', '', uuidV7().toUpperCase(), `${uuidV7()}0`])('is not %p', (text) => {
    expect(timeOfUuidV7(text)).toBeUndefined();
  });
});
