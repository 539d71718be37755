import { headerOf, signedToken, testKey } from '../../../../test/support/oidc-tokens';
import { VENDOR_TOKENS } from '../../../../test/support/oidc-vendor-tokens';
import { judgeJwt, verifyJwt } from '../../../crypto/jwt-verifier';
import { VerificationKeys } from '../../../crypto/verification-keys';
import { profileOf } from './profile';
import { issuerOf, otherSpellingsOf } from './provider-issuer';

const now = new Date('2030-01-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const testKeys = algorithms.map((alg) => testKey(alg, alg));
const keys = VerificationKeys.read({ keys: testKeys.map(({ publicJwk }) => publicJwk) })!;

describe('The ID token of every vendor', () => {
  it.each(VENDOR_TOKENS)('is accepted in every algorithm, and read: $vendor', (vendorToken) => {
    const { issuer, header, claims, settings = {}, groupsClaim, profile } = vendorToken;
    const { entraTenantId: tenantId, hostedDomain } = settings;
    const context = {
      ...{ keys, now, issuer, otherIssuers: otherSpellingsOf({ issuer }), audience: 'client-1', nonce: 'n' },
      ...(tenantId && { tenantId }),
      ...(hostedDomain && { hostedDomain }),
    };
    const payload = {
      ...{ iss: issuer, aud: 'client-1', iat: seconds, exp: seconds + 3600, nonce: 'n', ...claims },
    };
    for (const key of testKeys) {
      const token = signedToken(key, payload, headerOf(key, header));
      expect(judgeJwt('id_token', token, context).refusal).toBeUndefined();
      const verified = verifyJwt('id_token', token, context);
      const mapping = groupsClaim === undefined ? {} : { groups: groupsClaim };
      expect(profileOf(verified, {}, mapping)).toMatchObject(profile);
      expect(issuerOf({ issuer, ...settings })).toMatch(/^https:/);
    }
  });
});
