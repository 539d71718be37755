import { domainOfEmail, normaliseDomain, readClaim } from './domain-name';

describe('A domain', () => {
  it.each([
    ['acme.test', 'acme.test'],
    ['  ACME.Test.  ', 'acme.test'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['acme。test', 'acme.test'],
    ['ａｃｍｅ.test', 'acme.test'],
    ['a-b.c1.co.uk', 'a-b.c1.co.uk'],
  ])('%p is spelt %s', (text, domain) => expect(normaliseDomain(text)).toBe(domain));

  it.each([
    '',
    '.',
    'acme',
    'localhost',
    'acme..test',
    '.acme.test',
    '-acme.test',
    'acme-.test',
    'ac_me.test',
    'acme.test:443',
    'acme.test/path',
    'acme%2Etest',
    'ada@acme.test',
    'https://acme.test',
    'ac me.test',
    'acme.test\u0000',
    '*.acme.test',
    '127.0.0.1',
    '0x7f.1',
    '[::1]',
    'xn--a.test',
    'xn--.test',
    'acme.xn--a.test',
    `${'a'.repeat(64)}.test`,
    `${'a.'.repeat(125)}test`,
  ])('is not %p', (text) => expect(normaliseDomain(text)).toBeUndefined());
});

describe('The domain of an email address', () => {
  it.each([
    ['ada@acme.test', 'acme.test'],
    ['Ada@ACME.test', 'acme.test'],
    ['"a@b"@acme.test', 'acme.test'],
    ['ada@evil.test@acme.test', 'acme.test'],
    ['ada', undefined],
    ['@acme.test', undefined],
    ['ada@', undefined],
  ])('of %s is %s', (email, domain) => expect(domainOfEmail(email)).toBe(domain));
});

describe('A workspace', () => {
  it.each([
    'acme.test',
    'acme.example',
    'mail.acme.co.uk',
    'acme.github.io',
    'acme.internal',
    'bücher.example',
  ])('may claim %s', (text) => expect(readClaim(text)).toEqual({ domain: normaliseDomain(text) }));

  it.each(['co.uk', 'CO.UK.', 'github.io', 'foo.ck', 's3.amazonaws.com'])(
    'may not claim %s, under which others register',
    (text) => expect(readClaim(text)).toEqual({ refusal: 'domain_is_public_suffix' }),
  );

  it.each(['gmail.com', 'Outlook.COM', 'yahoo.co.uk'])(
    'may not claim %s, where anybody gets an address',
    (text) => expect(readClaim(text)).toEqual({ refusal: 'domain_is_free_mail' }),
  );

  it.each(['acme', '127.0.0.1', ''])('may not claim %p, which is no domain', (text) =>
    expect(readClaim(text)).toEqual({ refusal: 'domain_invalid' }),
  );
});
