import { maskedNumber, readPhoneNumber } from './phone-number';

describe('A phone number', () => {
  it.each([
    ['+4915112345678', '+4915112345678'],
    [' +49 (151) 123-456.78 ', '+4915112345678'],
    ['0049 151 12345678', '+4915112345678'],
    ['+1/415/555 0100', '+14155550100'],
  ])('is read from %s', (typed, number) => {
    expect(readPhoneNumber(typed)).toBe(number);
  });

  it.each([
    '',
    '015112345678',
    '+0151123456',
    '+49',
    '+491511234567890123',
    '+49151x2345678',
    '++4915112345678',
  ])('is not %s', (typed) => {
    expect(readPhoneNumber(typed)).toBeUndefined();
  });

  it('is shown by its ends alone', () => {
    expect(maskedNumber('+4915112345678')).toBe('+49•••78');
  });
});
