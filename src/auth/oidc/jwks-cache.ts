import { Injectable } from '@nestjs/common';
import { JsonRefused, parseStrictJsonObject } from '../../crypto/strict-json';
import { VerificationKeys } from '../../crypto/verification-keys';
import { OutboundClient } from '../../outbound/outbound.client';
import { OutboundFailed } from '../../outbound/outbound.errors';

/** The provider answered, but not with a set of keys. */
export class JwksUnusable extends Error {
  override readonly name = 'JwksUnusable';
}

interface Entry {
  readonly keys: VerificationKeys;
  readonly fetchedAt: number;
}

const FRESH_MS = 10 * 60_000;
/** How soon a token that no known key signed may make us ask again: providers rotate by the week, attackers by the second. */
const FLOOR_MS = 30_000;
/**
 * Milliseconds for which a provider that did not answer is not asked again. Sign-ins meanwhile are refused at once
 * instead of waiting for the same timeout.
 */
const SILENCE_MS = 5_000;
const MAX_ENTRIES = 500;
const MAX_BYTES = 256 * 1024;

/**
 * Caches the signing keys of providers by JWKS URL. Concurrent look-ups share one fetch. Evicts the least recently
 * used entry when full.
 */
@Injectable()
export class JwksCache {
  private readonly entries = new Map<string, Entry>();
  private readonly inFlight = new Map<string, Promise<Entry>>();
  /** Who did not answer just now: how, and until when that is what is said of them. */
  private readonly silent = new Map<string, { readonly failure: OutboundFailed; readonly until: number }>();

  constructor(private readonly outbound: OutboundClient) {}

  /**
   * The keys published there, at most ten minutes old.
   * @throws OutboundRefused, OutboundFailed, JwksUnusable
   */
  async get(jwksUri: string, now = Date.now()): Promise<VerificationKeys> {
    const known = this.entries.get(jwksUri);
    if (!known || known.fetchedAt + FRESH_MS <= now) return (await this.fetch(jwksUri, now)).keys;
    this.remember(jwksUri, known);
    return known.keys;
  }

  /**
   * Newer keys than these, for a token that none of them signed: the provider may have rotated. Answers
   * undefined when it was asked just now.
   * @throws OutboundRefused, OutboundFailed, JwksUnusable
   */
  async newerThan(
    keys: VerificationKeys,
    jwksUri: string,
    now = Date.now(),
  ): Promise<VerificationKeys | undefined> {
    const known = this.entries.get(jwksUri);
    if (known && known.keys !== keys) return known.keys;
    if (known && known.fetchedAt + FLOOR_MS > now) return undefined;
    return (await this.fetch(jwksUri, now)).keys;
  }

  private fetch(jwksUri: string, now: number): Promise<Entry> {
    const running = this.inFlight.get(jwksUri);
    if (running) return running;
    const silence = this.silent.get(jwksUri);
    if (silence && silence.until > now) return Promise.reject(silence.failure);
    this.silent.delete(jwksUri);
    const asked = performance.now();
    const started = this.load(jwksUri, now)
      .catch((failure: unknown) => {
        const givenUp = now + performance.now() - asked;
        if (failure instanceof OutboundFailed) this.noteSilence(jwksUri, failure, givenUp + SILENCE_MS);
        throw failure;
      })
      .finally(() => this.inFlight.delete(jwksUri));
    this.inFlight.set(jwksUri, started);
    return started;
  }

  private noteSilence(jwksUri: string, failure: OutboundFailed, until: number): void {
    const [oldest] = this.silent.keys();
    if (this.silent.size >= MAX_ENTRIES && oldest !== undefined) this.silent.delete(oldest);
    this.silent.set(jwksUri, { failure, until });
  }

  private async load(jwksUri: string, now: number): Promise<Entry> {
    const answer = await this.outbound.request({
      url: jwksUri,
      headers: { accept: 'application/json' },
      maxBytes: MAX_BYTES,
    });
    if (answer.status >= 500) throw new OutboundFailed('unreachable');
    if (answer.status !== 200) throw new JwksUnusable(`the keys came with status ${answer.status}`);
    const entry = { keys: readKeys(answer.body), fetchedAt: now };
    this.remember(jwksUri, entry);
    return entry;
  }

  /** Puts it last in line for removal. */
  private remember(jwksUri: string, entry: Entry): void {
    this.entries.delete(jwksUri);
    this.entries.set(jwksUri, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > MAX_ENTRIES && oldest !== undefined) this.entries.delete(oldest);
  }
}

function readKeys(body: Buffer): VerificationKeys {
  try {
    const keys = VerificationKeys.read(parseStrictJsonObject(body));
    if (keys) return keys;
  } catch (error) {
    if (!(error instanceof JsonRefused)) throw error;
  }
  throw new JwksUnusable('what was published is not a set of keys');
}
