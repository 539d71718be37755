import { nameForMail } from './name-for-mail';

describe('A name in a mail', () => {
  it.each(['Acme', 'Acmé & Söhne', "O'Hara", 'St. John', 'Acme Inc.', '株式会社', 'A<b>cme'])(
    '%p stays as it is',
    (name) => {
      expect(nameForMail(name, 'other')).toBe(name);
    },
  );

  it.each([
    'https://evil.test/a',
    'evil.test/free',
    'Free money at www.evil',
    'free.example',
    'ada@evil.test',
    ' \r\n\t',
    '\u200b',
  ])('%p gives way, because a mail program would make a link of it or show nothing', (name) => {
    expect(nameForMail(name, 'other')).toBe('other');
  });

  it('is one line of bounded length, whatever it was', () => {
    expect(nameForMail('Acme\r\nBcc: eve@evil', 'other')).toBe('Acme Bcc: eve@evil');
    expect(nameForMail('x'.repeat(500), 'other')).toHaveLength(100);
    expect(nameForMail('a\u202edcba', 'other')).toBe('a dcba');
  });
});
