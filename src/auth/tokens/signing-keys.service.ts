import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Keyring } from '../../crypto/keyring';
import { VerificationKeys } from '../../crypto/verification-keys';
import { Database } from '../../database/database';

/** How long a new key is published before it signs: longer than anybody may cache the JWKS. */
const PUBLISHED_BEFORE_USE_MS = 10 * 60_000;
/** How long a replaced key stays published: longer than any access token lives. */
const KEPT_AFTER_USE_MS = 2 * 3_600_000;
/** How old this instance's picture of the keys may be. */
const REFRESH_MS = 30_000;
/** An unknown key id may make this instance look again, but not more often than this. */
const REREAD_FLOOR_MS = 1_000;

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

interface KeyRow {
  kid: string;
  public_jwk: JWK;
  sealed_private_jwk: string;
  active_from: Date;
}

interface Snapshot {
  /** Oldest first. */
  readonly keys: readonly (SigningKey & { readonly activeFrom: number })[];
  readonly verificationKeys: VerificationKeys;
  readonly jwks: readonly JWK[];
  readonly readAt: number;
}

/**
 * The ES256 keys that sign access tokens, sealed at rest. A new key is published first, used ten minutes later, and
 * the one before stays published until its last token has died, so no verification ever fails over a rotation.
 */
@Injectable()
export class SigningKeysService implements OnModuleInit, OnModuleDestroy {
  private snapshot: Snapshot;
  private reading: Promise<Snapshot> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Makes the very first key of the installation. From here on the keys are read in the background. */
  async onModuleInit(): Promise<void> {
    await this.makeFirst();
    await this.read();
    const log = new Logger(SigningKeysService.name);
    this.timer = setInterval(() => {
      this.read().catch((failure: unknown) => log.error(failure));
    }, REFRESH_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The key that signs now. Never waits: it is asked for inside transactions. */
  current(): SigningKey {
    const { keys } = this.snapshot;
    return keys.filter(({ activeFrom }) => activeFrom <= Date.now()).at(-1) ?? keys[0]!;
  }

  /** What access tokens are verified with. */
  get verificationKeys(): VerificationKeys {
    return this.snapshot.verificationKeys;
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

  /** Publishes a new key that takes over in ten minutes; `atOnce` for the very first or after a leak. */
  async rotate({ atOnce = false } = {}): Promise<string> {
    const { kid, publicJwk, sealed } = await this.make();
    await this.database.outsideWorkspaces(async () => {
      await this.database.query(
        `insert into signing_keys (kid, algorithm, public_jwk, sealed_private_jwk, active_from)
         values ($1, 'ES256', $2, $3, now() + make_interval(secs => $4))`,
        [kid, publicJwk, sealed, atOnce ? 0 : PUBLISHED_BEFORE_USE_MS / 1000],
      );
    });
    await this.read();
    return kid;
  }

  private async make(): Promise<{ kid: string; publicJwk: JWK; sealed: string }> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(privateKey);
    const kid = randomBytes(12).toString('base64url');
    const { d: _private, ...publicPart } = jwk;
    return {
      kid,
      publicJwk: { ...publicPart, kid, alg: 'ES256', use: 'sig' },
      sealed: this.keyring.seal(JSON.stringify(jwk), `signing_keys|${kid}`),
    };
  }

  private read(): Promise<Snapshot> {
    this.reading ??= this.load().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async load(): Promise<Snapshot> {
    const rows = await this.database.lookUp<KeyRow>('signing_keys', PUBLISHED_KEYS, [
      KEPT_AFTER_USE_MS / 1000,
    ]);
    this.snapshot = {
      keys: rows.map(({ kid, sealed_private_jwk, active_from }) => ({
        kid,
        privateKey: privateKeyOf(this.keyring.open(sealed_private_jwk, `signing_keys|${kid}`)),
        activeFrom: active_from.getTime(),
      })),
      verificationKeys: VerificationKeys.read({ keys: rows.map((row) => row.public_jwk) })!,
      jwks: rows.map((row) => row.public_jwk),
      readAt: Date.now(),
    };
    return this.snapshot;
  }

  /** Two instances may start at once on an empty database: one makes the key, the other finds it. */
  private async makeFirst(): Promise<void> {
    const { kid, publicJwk, sealed } = await this.make();
    await this.database.outsideWorkspaces(async () => {
      await this.database.query(`select pg_advisory_xact_lock(hashtext('signing_keys'))`);
      await this.database.query(
        `insert into signing_keys (kid, algorithm, public_jwk, sealed_private_jwk, active_from)
         select $1, 'ES256', $2, $3, now() where not exists (select from signing_keys where retired_at is null)`,
        [kid, publicJwk, sealed],
      );
    });
  }
}

/** Keys that may sign, or may have signed a token which is still alive. */
const PUBLISHED_KEYS = `
  select kid, public_jwk, sealed_private_jwk, active_from
    from (select *, lead(active_from) over (order by active_from, kid) as replaced_at
            from signing_keys where retired_at is null) keys
   where replaced_at is null or replaced_at > now() - make_interval(secs => $1)
   order by active_from, kid`;

function privateKeyOf(jwk: Buffer): KeyObject {
  return createPrivateKey({ key: JSON.parse(jwk.toString()) as never, format: 'jwk' });
}
