import { afterAllThatStartWith, compareByCodePoint, fold } from './fold';

describe('Text that is compared without case', () => {
  it('folds each code point by itself, as PostgreSQL does', () => {
    expect(fold('ADA')).toBe('ada');
    expect(fold('ÄÖ')).toBe('äö');
    expect(fold('ΑΣ')).toBe('ασ'); // no final sigma
    expect(fold('İ')).toBe('i'); // one letter, not two
    expect(fold('𐐀')).toBe('𐐨');
  });

  it('is ordered by code points', () => {
    expect(compareByCodePoint('\uffff', '\u{1f600}')).toBeLessThan(0);
    expect(compareByCodePoint('a', 'a')).toBe(0);
  });

  it('ends where another beginning begins', () => {
    expect(afterAllThatStartWith('ad')).toBe('ae');
    expect(afterAllThatStartWith('a\u{10ffff}')).toBe('b');
    expect(afterAllThatStartWith('\ud7ff')).toBe('\ue000');
    expect(afterAllThatStartWith('\u{10ffff}')).toBeUndefined();
    expect(afterAllThatStartWith('')).toBeUndefined();
  });
});
