import { plainTarget } from './request-target';

describe('The target of a request', () => {
  it.each([
    ['/v1/members', '/v1/members'],
    ['/v1/%6Dembers?role=%61dmin', '/v1/members?role=%61dmin'],
    ['/%2Ewell-known/%6a%77%6B%73.json', '/.well-known/jwks.json'],
    ['/a%2Fb%3Fc%25d%20e%22%3A', '/a%2Fb%3Fc%25d%20e%22%3A'],
    ['/%C3%A9/%61', '/%C3%A9/a'],
  ])('has one spelling, but for its query and for what means something else unescaped: %s', (sent, plain) => {
    expect(plainTarget(sent)).toBe(plain);
  });

  it('escapes every letter, digit and mark that needs none as itself, and nothing else', () => {
    const all = Array.from({ length: 128 }, (_, code) => `%${code.toString(16).padStart(2, '0')}`);
    const plain = all.map((escaped) => plainTarget(`/${escaped}`).slice(1)).filter((one) => one.length === 1);
    expect(plain.join('')).toBe('-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~');
  });

  it.each([
    ['http://localhost:3000/v1/members?a=b', '/v1/members?a=b'],
    ['HTTPS://gatehouse.example', '/'],
    ['http://gatehouse.example?a', '/?a'],
    ['*', '*'],
    ['gatehouse.example:443', 'gatehouse.example:443'],
  ])('is the same with an origin before it (RFC 9112 §3.2.2): %s', (sent, plain) => {
    expect(plainTarget(sent)).toBe(plain);
  });

  it.each([
    ['/%zz/%61', '/%25zz/%2561'],
    ['/%ff?x=%', '/%25ff?x=%'],
    ['/a?x=%&y?z', '/a?x=%&y?z'],
  ])('stands for itself where a per cent sign in its path means nothing: %s', (sent, plain) => {
    expect(plainTarget(sent)).toBe(plain);
  });
});
