import { ValidationFailed } from '../http/problems';
import { earlier, expiryWithin, lifetimeAgain } from './api-key-lifetime';

const birth = new Date('2030-01-01T00:00:00Z');
const later = (days: number) => new Date(birth.getTime() + days * 86_400_000);

describe('The end of an API key', () => {
  it('is as wanted where the workspace sets no limit', () => {
    expect(expiryWithin(null, later(9999), birth)).toEqual(later(9999));
    expect(expiryWithin(null, null, birth)).toBeNull();
    expect(expiryWithin(null, undefined, birth)).toBeNull();
  });

  it('is the latest allowed when nothing is said', () => {
    expect(expiryWithin(30, undefined, birth)).toEqual(later(30));
  });

  it('may not lie beyond what the workspace allows, counted from the birth of the key', () => {
    expect(expiryWithin(30, later(30), birth)).toEqual(later(30));
    expect(() => expiryWithin(30, later(30.001), birth)).toThrow(ValidationFailed);
    expect(() => expiryWithin(30, null, birth)).toThrow(ValidationFailed);
    expect(() => expiryWithin(30, later(40), birth, later(20))).toThrow(ValidationFailed);
  });

  it('may not lie in the past', () => {
    expect(() => expiryWithin(null, birth, birth)).toThrow(ValidationFailed);
    expect(() => expiryWithin(null, later(1), birth, later(2))).toThrow(ValidationFailed);
  });

  it('comes again as late after a rotation', () => {
    expect(lifetimeAgain({ createdAt: birth, expiresAt: later(7) }, later(5))).toEqual(later(12));
    expect(lifetimeAgain({ createdAt: birth, expiresAt: null }, later(5))).toBeNull();
    expect(earlier(later(3), null)).toEqual(later(3));
    expect(earlier(later(3), later(2))).toEqual(later(2));
  });
});
