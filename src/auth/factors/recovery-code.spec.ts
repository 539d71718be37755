import { hashRecoveryCode, makeRecoveryCode } from './recovery-code';

describe('A recovery code', () => {
  it('has 125 random bits in groups that people can copy', () => {
    const codes = Array.from({ length: 200 }, makeRecoveryCode);
    expect(new Set(codes).size).toBe(200);
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
  });

  it('is the same however it is typed', () => {
    const hash = hashRecoveryCode('01AB2-CDEFG-HJKMN-PQRST-VWXYZ');
    for (const typed of [
      '01ab2-cdefg-hjkmn-pqrst-vwxyz',
      ' 01AB2CDEFGHJKMNPQRSTVWXYZ ',
      'OIAB2 CDEFG HJKMN PQRST VWXYZ',
      'olab2-cdefg-hjkmn-pqrst-vwxyz',
    ]) {
      expect(hashRecoveryCode(typed).equals(hash)).toBe(true);
    }
    expect(hashRecoveryCode('01AB2-CDEFG-HJKMN-PQRST-VWXYY').equals(hash)).toBe(false);
  });
});
