import { connectingWith } from './session-settings';

describe('The settings of a connection', () => {
  it('follow those that its URL has, and stand in it no more', () => {
    const { url, options } = connectingWith('postgres://u:p@%2Frun/db?options=-c%20a%3Db&sslmode=disable', {
      role: 'app',
    });
    expect(url).toBe('postgres://u:p@%2Frun/db?sslmode=disable');
    expect(options).toMatch(/^-c a=b .* -c role=app$/);
  });

  it('leave a URL without options as it is', () => {
    for (const given of [
      'postgres://u:p%25@db/x',
      'postgres://u@db?sslrootcert=/a%20b&host=/run',
      'postgres:///',
    ]) {
      expect(connectingWith(given, {}).url).toBe(given);
    }
  });

  it('may have blanks in them', () => {
    expect(connectingWith('postgres:///', { word: 'a \\b' }).options).toMatch(/ -c word=a\\ \\\\b$/);
  });
});
