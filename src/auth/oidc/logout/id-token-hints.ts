import { Injectable } from '@nestjs/common';
import { Keyring } from '../../../crypto/keyring';
import type { OidcConnection } from '../oidc-attempt';

/** Longer ones would not fit into the address that they are for. */
const MAX_LENGTH = 4096;

/**
 * Stores the ID token with its session, to send it as `id_token_hint` in a logout. Encrypted, because it contains
 * personal data.
 */
@Injectable()
export class IdTokenHints {
  constructor(private readonly keyring: Keyring) {}

  /** The encrypted token; undefined when the provider has no end_session_endpoint or the token is too long. */
  seal({ id, oidc }: OidcConnection, idToken: string): { idToken: string } | undefined {
    if (oidc.endSessionEndpoint === undefined || idToken.length > MAX_LENGTH) return undefined;
    return { idToken: this.keyring.seal(idToken, purposeOf(id)) };
  }

  /** The token itself; null when there is none, or none that opens any more. */
  open({ id }: { readonly id: string }, kept: Readonly<Record<string, string>> | null): string | null {
    const sealed = kept?.idToken;
    if (sealed === undefined) return null;
    try {
      return this.keyring.open(sealed, purposeOf(id)).toString();
    } catch {
      // Sealed under a key that is gone: the provider then asks the person whom it should sign out.
      return null;
    }
  }
}

const purposeOf = (connectionId: string): string => `sessions|id_token|${connectionId}`;
