import { randomBytes } from 'node:crypto';
import { Keyring } from '../../../crypto/keyring';
import type { OidcConnection } from '../oidc-attempt';
import { IdTokenHints } from './id-token-hints';

const connection = (id: string, endSessionEndpoint?: string) =>
  ({ id, oidc: { endSessionEndpoint } }) as unknown as OidcConnection;
const ACME = connection('acme', 'https://idp.acme.test/logout');
const hints = new IdTokenHints(new Keyring(randomBytes(32)));

describe('An ID token kept for a logout at its provider', () => {
  const kept = hints.seal(ACME, 'header.claims.signature')!;

  it('is sealed, and opens for the connection it came through', () => {
    expect(kept.idToken).not.toContain('claims');
    expect(hints.open(ACME, kept)).toBe('header.claims.signature');
  });

  it('opens for no other connection, and under no other key: the provider then asks whom it should sign out', () => {
    expect(hints.open(connection('other'), kept)).toBeNull();
    expect(new IdTokenHints(new Keyring(randomBytes(32))).open(ACME, kept)).toBeNull();
    expect(hints.open(ACME, null)).toBeNull();
  });

  it('is not kept where there is no logout, nor when an address could not hold it', () => {
    expect(hints.seal(connection('acme'), 'header.claims.signature')).toBeUndefined();
    expect(hints.open(ACME, hints.seal(ACME, 'x'.repeat(4096))!)).toHaveLength(4096);
    expect(hints.seal(ACME, 'x'.repeat(4097))).toBeUndefined();
  });
});
