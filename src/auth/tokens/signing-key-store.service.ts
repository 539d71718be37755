import { type JsonWebKey, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Config } from '../../config/config';
import { type JwtSigningKey, readJwtSigningKey } from '../../crypto/jwt-signer';
import { Keyring } from '../../crypto/keyring';
import { Database } from '../../database/database';

/** How long a replaced key stays published: longer than any access token lives. */
const KEPT_AFTER_USE_SECONDS = 2 * 3_600;

/** A key that may sign, or may have signed a token which is still alive. */
export interface PublishedKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly activeFrom: Date;
  /** Undefined once no instance signs with it any more. */
  readonly privateKey: JwtSigningKey | undefined;
}

export type KeyState = 'waiting' | 'in use' | 'replaced' | 'retired' | 'revoked';

interface MadeKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly sealed: string;
}

const PUBLISHED = `
  select kid, public_jwk as "publicJwk", sealed_private_jwk as sealed, active_from as "activeFrom"
    from (select *, lead(active_from) over (order by active_from, kid) as replaced_at
            from signing_keys where retired_at is null) keys
   where replaced_at is null or replaced_at > now() - make_interval(secs => $1)
   order by active_from, kid`;

const STATES = `
  select kid, created_at as "createdAt", active_from as "activeFrom",
         case when revoked_at is not null then 'revoked'
              when retired_at is not null then 'retired'
              when active_from > now() then 'waiting'
              when lead(active_from) over (partition by retired_at is null order by active_from, kid) <= now() then 'replaced'
              else 'in use' end as state
    from signing_keys order by active_from, kid`;

/** What can sign. One that was replaced is still published when its private part is gone. */
const CAN_SIGN = `retired_at is null and sealed_private_jwk <> ''`;

/** Takes out what replaced keys signed with, and the keys themselves when their last token has died. */
const RETIRE = `
  with keys as (
    select kid, lead(active_from) over (order by active_from, kid) as replaced_at
      from signing_keys where retired_at is null
  )
  update signing_keys s
     set sealed_private_jwk = '',
         retired_at = case when k.replaced_at < now() - make_interval(secs => $1) then now() end
    from keys k
   where s.kid = k.kid and k.replaced_at < now() - make_interval(secs => $2)
     and (s.sealed_private_jwk <> '' or k.replaced_at < now() - make_interval(secs => $1))
  returning s.kid, s.retired_at is not null as retired`;

/**
 * The ES256 keys of the installation, private parts sealed. Written by the service and by the command `keys`; every
 * instance hears of each change at once. Opens its own transactions.
 */
@Injectable()
export class SigningKeyStore {
  constructor(
    private readonly config: Config,
    private readonly keyring: Keyring,
    private readonly database: Database,
  ) {}

  /** Oldest first. */
  async published(): Promise<PublishedKey[]> {
    const rows = await this.database.lookUp<Omit<PublishedKey, 'privateKey'> & { sealed: string }>(
      'signing_keys',
      PUBLISHED,
      [KEPT_AFTER_USE_SECONDS],
    );
    return rows.map(({ kid, publicJwk, activeFrom, sealed }) => ({
      ...{ kid, publicJwk, activeFrom },
      privateKey: sealed === '' ? undefined : privateKeyOf(this.keyring.open(sealed, contextOf(kid))),
    }));
  }

  /** All there ever were, oldest first. */
  states(): Promise<{ kid: string; createdAt: Date; activeFrom: Date; state: KeyState }[]> {
    return this.database.lookUp('signing_key_states', STATES, []);
  }

  /** Publishes a key that takes over when everybody has heard of it; `atOnce` for emergencies. Answers its id. */
  async publish({ atOnce = false } = {}): Promise<string> {
    const key = await this.make();
    await this.alone(() => this.insert(key, atOnce ? 0 : this.config.signingKeyLeadSeconds, 'true'));
    return key.kid;
  }

  /** The very first key of the installation. Two instances may start at once: one makes it, the other finds it. */
  async publishFirst(): Promise<void> {
    const key = await this.make();
    await this.alone(() => this.insert(key, 0, `not exists (select from signing_keys where ${CAN_SIGN})`));
  }

  /** Publishes one unless the newest has been in use for less than `days`. Answers whether it did. */
  async publishAfter(days: number): Promise<boolean> {
    const key = await this.make();
    const isDue = `not exists (select from signing_keys
                                where retired_at is null and active_from > now() - make_interval(days => ${Number(days)}))`;
    return this.alone(() => this.insert(key, this.config.signingKeyLeadSeconds, isDue));
  }

  /**
   * Withdraws a key that somebody else may have: what it signed is refused from COMMIT on, and it opens nothing more.
   * Another one signs at once where none is left. Answers whether there was such a key.
   */
  async revoke(kid: string): Promise<boolean> {
    const spare = await this.make();
    return this.alone(async () => {
      const revoked = await this.database.query(
        `update signing_keys set revoked_at = now(), retired_at = coalesce(retired_at, now()), sealed_private_jwk = ''
          where kid = $1 and revoked_at is null returning kid`,
        [kid],
      );
      if (revoked.length === 0) return false;
      // One that waits has been published the longest; else a new one, which nobody has heard of yet.
      await this.database.query(
        `update signing_keys set active_from = now()
          where kid = (select kid from signing_keys where ${CAN_SIGN} order by active_from, kid limit 1)
            and active_from > now()`,
      );
      await this.insert(spare, 0, `not exists (select from signing_keys where ${CAN_SIGN})`);
      return true;
    });
  }

  /** Answers the ids of keys that nothing is verified with any more. */
  async retire(): Promise<string[]> {
    const rows = await this.alone(() =>
      this.database.query<{ kid: string; retired: boolean }>(RETIRE, [
        KEPT_AFTER_USE_SECONDS,
        this.config.signingKeyLeadSeconds,
      ]),
    );
    return rows.filter(({ retired }) => retired).map(({ kid }) => kid);
  }

  private async insert(
    { kid, publicJwk, sealed }: MadeKey,
    seconds: number,
    condition: string,
  ): Promise<boolean> {
    const inserted = await this.database.query(
      `insert into signing_keys (kid, algorithm, public_jwk, sealed_private_jwk, active_from)
       select $1, 'ES256', $2, $3, now() + make_interval(secs => $4) where ${condition} returning kid`,
      [kid, publicJwk, sealed, seconds],
    );
    return inserted.length > 0;
  }

  /** Nobody else changes keys meanwhile. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    return this.database.outsideWorkspaces(async () => {
      await this.database.query(`select pg_advisory_xact_lock(hashtext('signing_keys'))`);
      return work();
    });
  }

  /** Throws UnknownEncryptionKey where this ENCRYPTION_KEY is not that of the keys there are: nobody could open another. */
  private async make(): Promise<MadeKey> {
    await this.published();
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(privateKey);
    const kid = randomBytes(12).toString('base64url');
    const { d: _private, ...publicPart } = jwk;
    return {
      kid,
      publicJwk: { ...publicPart, kid, alg: 'ES256', use: 'sig' },
      sealed: this.keyring.seal(JSON.stringify(jwk), contextOf(kid)),
    };
  }
}

const contextOf = (kid: string): string => `signing_keys|${kid}`;

function privateKeyOf(jwk: Buffer): JwtSigningKey {
  return readJwtSigningKey(JSON.parse(jwk.toString()) as JsonWebKey);
}
