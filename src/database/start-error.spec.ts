import { explained, StartError } from './start-error';

describe('What keeps the service from its database', () => {
  it.each([
    [
      { code: 'SELF_SIGNED_CERT_IN_CHAIN' },
      /^The certificate of the server .*\(SELF_SIGNED_CERT_IN_CHAIN\)$/,
    ],
    [{ code: 'CERT_HAS_EXPIRED' }, /^The certificate of the server .*\(CERT_HAS_EXPIRED\)$/],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, /^The certificate of the server /],
    [{ code: 'ENETUNREACH', syscall: 'connect' }, /cannot be reached\. \(ENETUNREACH\)$/],
    [{ code: 'EMFILE', syscall: 'connect' }, /may open no more files .*\(EMFILE\)$/],
    [{ message: 'unsupported startup parameter: options', code: '08P01' }, /is a pooler /],
    [
      { driverError: { code: '42501' } },
      /create role gatehouse_app nologin; create role gatehouse_archivist nologin;/,
    ],
  ])('is said in one sentence: %j', (failure, sentence) => {
    const said = explained(failure);
    expect(said).toBeInstanceOf(StartError);
    expect((said as StartError).message).toMatch(sentence);
  });

  it('stays as it is where nobody foresaw it', () => {
    const failure = Object.assign(new Error('bind message has too many parameters'), { code: '08P01' });
    expect(explained(failure)).toBe(failure);
  });
});
