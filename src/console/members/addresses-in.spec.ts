import { addressesIn } from './addresses-in';

describe('Addresses in a text that somebody pasted', () => {
  it.each([
    ['one on each line', 'ada@acme.test\nbob@acme.test\r\n\n', ['ada@acme.test', 'bob@acme.test']],
    [
      'side by side',
      'ada@acme.test, bob@acme.test; eve@acme.test',
      ['ada@acme.test', 'bob@acme.test', 'eve@acme.test'],
    ],
    [
      'as the recipients of a mail',
      '"Lovelace, Ada" <ada@acme.test>, Bob <bob@acme.test>',
      ['ada@acme.test', 'bob@acme.test'],
    ],
    [
      'in rows of a table',
      'Ada;Lovelace;ada@acme.test;Engineering\n"Bob","bob@acme.test",""',
      ['ada@acme.test', 'bob@acme.test'],
    ],
    [
      'with a plus, a quote or another script',
      'a+b@acme.test\nada@bücher.example',
      ['a+b@acme.test', 'ada@bücher.example'],
    ],
  ])('are found %s', (_, text, addresses) => {
    expect(addressesIn(text)).toEqual(addresses);
  });

  it('count once, however they are spelled', () => {
    expect(addressesIn('Ada@acme.test\nada@ACME.test')).toEqual(['ada@ACME.test']);
  });

  it('leave lines without one, for somebody to read', () => {
    expect(addressesIn('Email\nada@acme.test\nAda Lovelace')).toEqual([
      'Email',
      'ada@acme.test',
      'Ada Lovelace',
    ]);
  });

  it('are none in nothing', () => {
    expect(addressesIn(' \n\t\n')).toEqual([]);
  });
});
