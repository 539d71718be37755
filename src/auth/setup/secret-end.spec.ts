import { ValidationFailed } from '../../http/problems';
import { secretEndOf, secretEndWarnings, type SecretForm } from './secret-end';

const NOW = new Date('2030-06-15T13:00:00Z');
const KNOWN = { knownSecretEnd: '2031-01-31T15:20:00.000Z' };
const SECRET = { clientSecret: 'hush' };
const at = (clientSecretExpiresAt: string | null): SecretForm => ({ clientSecretExpiresAt });
const KEPT = undefined;

describe('The end of a client secret, as a form says it', () => {
  it.each<[string, SecretForm, string | null | undefined]>([
    ['is not spoken of by a form without the field', { ...KNOWN }, KEPT],
    ['keeps its time where the day stays', { ...KNOWN, ...at('2031-01-31') }, KEPT],
    ['stays unknown where the field stays empty', at(null), KEPT],
    ['is the first moment of a day that is new', at('2031-02-01'), '2031-02-01T00:00:00Z'],
    ['is the first moment of another day', { ...KNOWN, ...at('2031-02-01') }, '2031-02-01T00:00:00Z'],
    ['may be today', at('2030-06-15'), '2030-06-15T00:00:00Z'],
    ['is taken away by an empty field', { ...KNOWN, ...at(null) }, null],
    ['comes with a new secret', { ...KNOWN, ...SECRET, ...at('2032-01-01') }, '2032-01-01T00:00:00Z'],
    // A secret of which nothing is said has no end, so the one before it goes.
    ['is not that of the secret before', { ...KNOWN, ...SECRET, ...at('2031-01-31') }, undefined],
    ['stays over, once it is', { knownSecretEnd: '2029-01-01T00:00:00.000Z', ...at('2029-01-01') }, KEPT],
    ['is judged further on where it is no day', at('30.01.2029'), '30.01.2029T00:00:00Z'],
  ])('%s', (_, form, expected) => {
    expect(secretEndOf(form, NOW)).toBe(expected);
  });

  it('is no day that has passed', () => {
    expect(() => secretEndOf(at('2030-06-14'), NOW)).toThrow(ValidationFailed);
  });

  it.each<[SecretForm, boolean]>([
    [{ ...KNOWN, ...SECRET, ...at('2031-01-31') }, true],
    [{ ...KNOWN, ...SECRET, ...at(null) }, true],
    [{ ...KNOWN, ...SECRET, ...at('2032-01-01') }, false],
    [{ ...KNOWN, ...at('2031-01-31') }, false],
    [{ ...SECRET, ...at(null) }, false],
  ])('is said to be missing where a new secret took the one that was known: %p', (form, isSaid) => {
    expect(secretEndWarnings(form).length > 0).toBe(isSaid);
  });
});
