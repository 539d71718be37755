import { generateKeyPairSync } from 'node:crypto';
import type { Config } from '../../config/config';
import { readJwtSigningKey } from '../../crypto/jwt-signer';
import { VerificationKeys } from '../../crypto/verification-keys';
import { AccessTokenService } from './access-token.service';
import { AccessTokenVerifier } from './access-token.verifier';
import type { SigningKeysService } from './signing-keys.service';

const config = { publicUrl: 'https://id.example' } as Config;
const subject = {
  workspaceId: '3f0c7d54-6f0e-4d53-9a3c-0f6a2f7f6f11',
  sessionId: '0193c2a0-1111-7222-8333-944455556666',
  userId: '0193c2a0-aaaa-7bbb-8ccc-9dddeeeeffff',
  authenticatedAt: new Date('2030-01-01T12:00:00Z'),
  amr: ['pwd'],
};

/** The keys of an installation: one that signs, until it is revoked. */
function installation() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const shown = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };
  const keys = {
    generation: 1,
    verificationKeys: VerificationKeys.read({ keys: [shown] })!,
    current: () => ({ kid: 'k1', privateKey: readJwtSigningKey(privateKey.export({ format: 'jwk' })) }),
    readAgain: () => Promise.resolve(false),
  };
  return {
    instance() {
      const verifier = new AccessTokenVerifier(config, keys as unknown as SigningKeysService);
      return {
        verifier,
        tokens: new AccessTokenService(config, keys as unknown as SigningKeysService, verifier),
      };
    },
    revoke() {
      keys.verificationKeys = VerificationKeys.read({ keys: [] })!;
      keys.generation += 1;
    },
  };
}

describe('An access token', () => {
  it('says the same where it was issued, which remembers it, and to every other instance', async () => {
    const { instance } = installation();
    const [here, elsewhere] = [instance(), instance()];
    const token = here.tokens.issue(subject, 300);
    const claims = await elsewhere.verifier.verify(token);
    expect(claims).toMatchObject({
      workspaceId: subject.workspaceId,
      sessionId: subject.sessionId,
      userId: subject.userId,
    });
    expect(claims!.expiresAt - claims!.issuedAt).toBe(300_000);
    expect(await here.verifier.verify(token)).toEqual(claims);
  });

  it('is worth nothing anywhere once its key is revoked', async () => {
    const { instance, revoke } = installation();
    const [here, elsewhere] = [instance(), instance()];
    const token = here.tokens.issue(subject, 300);
    expect(await here.verifier.verify(token)).toBeDefined();
    revoke();
    for (const { verifier } of [here, elsewhere]) expect(await verifier.verify(token)).toBeUndefined();
  });

  it('ends where it was issued as elsewhere', async () => {
    const { instance } = installation();
    const [here, elsewhere] = [instance(), instance()];
    const token = here.tokens.issue(subject, 0);
    for (const { verifier } of [here, elsewhere]) expect(await verifier.verify(token)).toBeUndefined();
  });

  it('is another one, and none of ours, with another character', async () => {
    const { tokens, verifier } = installation().instance();
    const token = tokens.issue(subject, 300);
    const changed = token.slice(0, -4) + (token.at(-4) === 'x' ? 'y' : 'x') + token.slice(-3);
    expect(await verifier.verify(changed)).toBeUndefined();
  });
});
