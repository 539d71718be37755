import { readCallback } from './callback';
import { OidcRefusal } from './refusal';

const provider = { issuer: 'https://idp.example/', issParameterSupported: false };
const promising = { ...provider, issParameterSupported: true };

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof OidcRefusal) return error.code;
    throw error;
  }
  return undefined;
}

describe('The answer that comes back with the browser', () => {
  it('brings a code and the state', () => {
    expect(readCallback({ code: 'c', state: 's' }, provider)).toEqual({ code: 'c', state: 's' });
    expect(readCallback({ code: 'c', state: 's', iss: provider.issuer }, promising)).toMatchObject({
      code: 'c',
    });
  });

  it.each([
    ['access_denied', 'oidc_access_denied'],
    ['login_required', 'oidc_provider_error'],
    ['server_error', 'oidc_provider_error'],
  ])('brings the error %s, which counts even beside a code', (error, code) => {
    const answer = readCallback({ error, error_description: 'No.', code: 'c', state: 's' }, provider);
    expect(answer).toMatchObject({ state: 's', error: { code, extra: { reason: `${error}: No.` } } });
  });

  it.each<[string, string, object]>([
    ['oidc_response_invalid', 'neither code nor error', { state: 's' }],
    ['oidc_response_invalid', 'an empty code', { state: 's', code: '' }],
    ['oidc_response_invalid', 'no state', { code: 'c' }],
    ['oidc_response_invalid', 'two codes', { code: ['c', 'd'], state: 's' }],
    ['oidc_response_invalid', 'two states', { code: 'c', state: ['s', 't'] }],
    ['oidc_response_invalid', 'an endless code', { code: 'c'.repeat(8193), state: 's' }],
    [
      'oidc_response_issuer_mismatch',
      'another issuer',
      { code: 'c', state: 's', iss: 'https://evil.example' },
    ],
    [
      'oidc_response_issuer_mismatch',
      'the issuer without slash',
      { code: 'c', state: 's', iss: 'https://idp.example' },
    ],
    ['oidc_response_issuer_mismatch', 'an error of another issuer', { error: 'e', state: 's', iss: 'x' }],
  ])('is refused as %s: %s', (code, _, query) =>
    expect(codeOf(() => readCallback(query, provider))).toBe(code),
  );

  it('is refused without an issuer when the provider promised one', () => {
    expect(codeOf(() => readCallback({ code: 'c', state: 's' }, promising))).toBe(
      'oidc_response_issuer_missing',
    );
    expect(codeOf(() => readCallback({ error: 'e', state: 's', iss: '' }, promising))).toBe(
      'oidc_response_issuer_missing',
    );
  });
});
