import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { JWK } from 'jose';
import { Config } from '../../config/config';
import type { JwtSigningKey } from '../../crypto/jwt-signer';
import { VerificationKeys } from '../../crypto/verification-keys';
import { DatabaseNotices } from '../../database/database-notices';
import { SigningKeyStore } from './signing-key-store.service';

/** How old this instance's picture of the keys may be, should a notice get lost. */
const REFRESH_MS = 30_000;
/** An unknown key id may make this instance look again, but not more often than this. */
const REREAD_FLOOR_MS = 1_000;

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: JwtSigningKey;
}

interface Snapshot {
  /** Oldest first. */
  readonly signers: readonly (SigningKey & { readonly activeFrom: number })[];
  readonly verificationKeys: VerificationKeys;
  readonly jwks: readonly JWK[];
  readonly readAt: number;
}

/**
 * The keys that sign access tokens, as this instance knows them. A new key is published first and used when whoever
 * caches the JWKS has read it again; the one before stays published until its last token has died. So no verification
 * ever fails over a rotation.
 */
@Injectable()
export class SigningKeysService implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('SigningKeys');
  private snapshot: Snapshot;
  private reading: Promise<Snapshot> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private changes = 0;

  constructor(
    private readonly config: Config,
    private readonly store: SigningKeyStore,
    private readonly notices: DatabaseNotices,
  ) {}

  /** Makes the very first key of the installation. From here on the keys are read in the background. */
  async onModuleInit(): Promise<void> {
    await this.store.publishFirst();
    await this.read();
    this.notices.listen('signing_keys', () => this.readSoon());
    const every = Math.min(REFRESH_MS, (this.config.signingKeyLeadSeconds * 1000) / 8);
    this.timer = setInterval(() => this.readSoon(), every).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The key that signs now. Never waits: it is asked for inside transactions. */
  current(): SigningKey {
    const { signers } = this.snapshot;
    return signers.filter(({ activeFrom }) => activeFrom <= Date.now()).at(-1) ?? signers[0]!;
  }

  /** What access tokens are verified with. */
  get verificationKeys(): VerificationKeys {
    return this.snapshot.verificationKeys;
  }

  /** Another number as soon as other keys verify: what was concluded under the one before may be wrong. */
  get generation(): number {
    return this.changes;
  }

  /** Reads the keys again unless that was done a moment ago; answers whether it did. */
  async readAgain(): Promise<boolean> {
    if (Date.now() - this.snapshot.readAt < REREAD_FLOOR_MS) return false;
    await this.read();
    return true;
  }

  /** RFC 7517: every key that may have signed a token which is still alive, and the next one. */
  jwks(): { keys: readonly JWK[] } {
    return { keys: this.snapshot.jwks };
  }

  /** Half of what a new key waits: whoever caches that long has read it in time. */
  get jwksMaxAgeSeconds(): number {
    return Math.floor(this.config.signingKeyLeadSeconds / 2);
  }

  private readSoon(): void {
    // What is being read may be older than what was announced just now.
    void (this.reading ?? Promise.resolve())
      .then(() => this.read())
      .catch((failure: unknown) => this.log.error(failure));
  }

  private read(): Promise<Snapshot> {
    this.reading ??= this.load().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async load(): Promise<Snapshot> {
    const keys = await this.store.published();
    const before = this.snapshot?.jwks.map(({ kid }) => kid).join();
    this.snapshot = {
      signers: keys.flatMap(({ kid, privateKey, activeFrom }) =>
        privateKey ? [{ kid, privateKey, activeFrom: activeFrom.getTime() }] : [],
      ),
      verificationKeys: VerificationKeys.read({ keys: keys.map(({ publicJwk }) => publicJwk) })!,
      jwks: keys.map(({ publicJwk }) => publicJwk),
      readAt: Date.now(),
    };
    if (before !== this.snapshot.jwks.map(({ kid }) => kid).join()) this.changes += 1;
    return this.snapshot;
  }
}
