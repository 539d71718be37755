import { OAuthRefusal } from '../../http/oauth-refusal';
import { readTokenRequest } from './token-request';

const FORM = 'application/x-www-form-urlencoded';
const GRANT = { grant_type: 'client_credentials' };
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

const read = (body: object, authorization?: string, contentType: string | undefined = FORM) =>
  readTokenRequest({ contentType, authorization, body });
const refusal = (...how: Parameters<typeof read>): string => {
  try {
    read(...how);
  } catch (error) {
    if (error instanceof OAuthRefusal) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'none';
};

describe('A token request', () => {
  it('names its client in the body', () => {
    const form = { ...GRANT, client_id: 'a', client_secret: 'b' };
    expect(read(form, undefined, `${FORM}; charset=UTF-8`)).toEqual({
      clientId: 'a',
      clientSecret: 'b',
      scopes: undefined,
    });
  });

  it('names its client in the header, where each part is form-encoded', () => {
    const header = basic(`${encodeURIComponent('a:1')}:b+c%2B%20d`);
    expect(read(GRANT, header)).toMatchObject({ clientId: 'a:1', clientSecret: 'b c+ d' });
    expect(read(GRANT, basic('a:b:c'))).toMatchObject({ clientId: 'a', clientSecret: 'b:c' });
  });

  it('may ask for fewer scopes, in any order, and counts none that is empty', () => {
    const scopes = (scope: string) => read({ ...GRANT, scope }, basic('a:b')).scopes;
    expect(scopes('users read')).toEqual(['read', 'users']);
    expect(scopes('groups groups')).toEqual(['groups']);
    expect(scopes('')).toBeUndefined();
  });

  it.each<[string, ...Parameters<typeof read>]>([
    ['400 invalid_request', GRANT, basic('a:b'), 'application/json'],
    ['400 invalid_request', GRANT, basic('a:b'), `${FORM}x`],
    ['400 invalid_request', {}, basic('a:b')],
    ['400 invalid_request', { grant_type: '' }, basic('a:b')],
    ['400 invalid_request', { grant_type: ['client_credentials', 'client_credentials'] }, basic('a:b')],
    ['400 invalid_request', { ...GRANT, client_secret: 'b' }, basic('a:b')],
    ['400 invalid_request', { ...GRANT, client_id: 'z' }, basic('a:b')],
    ['400 unsupported_grant_type', { grant_type: 'password' }, basic('a:b')],
    ['400 invalid_scope', { ...GRANT, scope: 'read everything' }, basic('a:b')],
    ['400 invalid_scope', { ...GRANT, scope: 'Read' }, basic('a:b')],
    ['401 invalid_client', GRANT],
    ['401 invalid_client', { ...GRANT, client_id: 'a' }],
    ['401 invalid_client', { ...GRANT, client_secret: 'b' }],
    ['401 invalid_client', GRANT, 'Bearer a'],
    ['401 invalid_client', GRANT, 'Basic'],
    ['401 invalid_client', GRANT, basic('ab')],
    ['401 invalid_client', GRANT, basic('%:b')],
  ])('is refused with %s: %j %s', (expected, ...how) => {
    expect(refusal(...how)).toBe(expected);
  });
});
