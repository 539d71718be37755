import { isCommon, restsOnContext } from './guessable';

describe('A password that is tried first', () => {
  const listed = new Set(['password', 'letmein', 'qwertyuiop', 'dragon']);
  const common = (password: string): boolean => isCommon(password, (text) => listed.has(text));

  it.each([
    'password',
    'PassWord',
    'p.a.s.s.w.o.r.d',
    'ＰＡＳＳＷＯＲＤ',
    'password1234567',
    '2024password!!!',
    'passwordpassword',
    'Letmein Letmein Letmein',
    'dragon2026',
    'abcdefghijklmnop',
    '98765432109876543210',
    'aaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabc',
    'aaaaaaaabbbbbbbb',
    'abcdefgh12345678',
    '',
  ])('is %s', (password) => expect(common(password)).toBe(true));

  it.each([
    'correct horse battery staple',
    'my password is long enough',
    'dragonfly in the morning',
    '7$dragon#92!5@48z',
    'zwölf Boxkämpfer jagen',
    'パスワードではない長い文',
    'gx7-Kp2_mQ9vTz4',
  ])('is not %s', (password) => expect(common(password)).toBe(false));
});

describe('A password that rests on what stands around it', () => {
  const words = ['Gatehouse', 'acme-corp', 'Acme Corporation', 'ada.lovelace', 'acme'];
  it.each([
    'gatehouse-demo1',
    'AcmeCorporation2026',
    'ada.lovelace1815',
    'lovelace lovelace',
    'acme-acme-acme-1',
  ])('is %s', (password) => expect(restsOnContext(password, words)).toBe(true));
  it.each([
    'correct horse battery staple',
    'gatehouse with a purple door',
    'adada adada adada',
    'acm1 acm2 acm3 acm4',
  ])('is not %s', (password) => expect(restsOnContext(password, words)).toBe(false));
});
