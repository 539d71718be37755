import { readEmail } from './email-address';

describe('An email address of an identity provider', () => {
  it.each([
    ['ada@acme.test', 'ada@acme.test'],
    [' Ada.Lovelace+x@ACME.test ', 'ada.lovelace+x@acme.test'],
    ["o'brien_1@acme.test", "o'brien_1@acme.test"],
    ['ada@acme.test.', 'ada@acme.test'],
    ['ada@bücher.test', 'ada@xn--bcher-kva.test'],
  ])('%s has one spelling', (text, address) => {
    expect(readEmail(text)).toEqual({ address, domain: address.split('@')[1] });
  });

  it.each([
    '',
    'ada',
    '@acme.test',
    'ada@',
    'ada@acme',
    'ada@127.0.0.1',
    'ada@evil.test@acme.test',
    '"ada@evil.test"@acme.test',
    'ada @acme.test',
    'ada\u0000@acme.test',
    'ada\n@acme.test',
    'ada@acme.test\u0000',
    'ada<script>@acme.test',
    'ädä@acme.test',
    'ada,eve@acme.test',
    `${'a'.repeat(65)}@acme.test`,
  ])('is not %j', (text) => {
    expect(readEmail(text)).toBeUndefined();
  });
});
