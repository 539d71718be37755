import { type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config, ConfigError } from '../../config/config';
import { HOUR_MS } from '../../config/durations';
import { OutboundClient } from '../../outbound/outbound.client';
import { type PartnerKey, readPartnerKeys } from './partner-keys';

const FRESH_MS = HOUR_MS;
/** An unknown key may have been published just now; so often at most it is looked for. */
const REREAD_FLOOR_MS = 60_000;

/** Verifies what partners sign, with the public keys that the operator named in SECRET_SCANNING_PUBLIC_KEYS. */
@Injectable()
export class PartnerSignatures implements OnModuleInit {
  private readonly log = new Logger('ApiKeys');
  private readonly source: string | undefined;
  private known: readonly PartnerKey[] = [];
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    config: Config,
    private readonly outbound: OutboundClient,
  ) {
    this.source = config.secretScanningPublicKeys;
  }

  /** Whether the operator has configured partners. */
  get areExpected(): boolean {
    return this.source !== undefined;
  }

  /** Reads keys from the variable or a file at start-up; fetches a URL later. Throws ConfigError. */
  async onModuleInit(): Promise<void> {
    if (this.source === undefined || isUrl(this.source)) return;
    try {
      await this.read();
    } catch (failure) {
      throw new ConfigError(`SECRET_SCANNING_PUBLIC_KEYS cannot be used: ${(failure as Error).message}`);
    }
  }

  /** Whether this is a signature (ECDSA over P-256 with SHA-256, DER in base64) over the body by the named key. */
  async isGood(body: Buffer, keyId: string, signature: string): Promise<boolean> {
    const bytes = Buffer.from(signature, 'base64');
    const keys = await this.named(keyId);
    return keys.some((key) => verify('sha256', body, key, bytes));
  }

  private async named(keyId: string): Promise<KeyObject[]> {
    const age = Date.now() - this.readAt;
    const isKnown = matching(this.known, keyId).length > 0;
    if (age > FRESH_MS || (!isKnown && (this.reading !== undefined || age > REREAD_FLOOR_MS))) {
      await this.read().catch((failure: unknown) => {
        this.log.error(`The keys of secret scanning could not be read: ${String(failure)}`);
      });
    }
    return matching(this.known, keyId);
  }

  /** Whoever needs the keys while they are being read waits for them. */
  private read(): Promise<void> {
    this.reading ??= this.load().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async load(): Promise<void> {
    this.readAt = Date.now();
    this.known = readPartnerKeys(await this.text(this.source!));
  }

  private async text(source: string): Promise<string> {
    if (source.includes('-----BEGIN') || source.trimStart().startsWith('{')) return source;
    if (!isUrl(source)) return readFile(source, 'utf8');
    const { status, body } = await this.outbound.request({ url: source });
    if (status !== 200) throw new Error(`The address answered ${status}.`);
    return body.toString();
  }
}

const isUrl = (source: string): boolean => /^https?:\/\//.test(source);

const matching = (keys: readonly PartnerKey[], keyId: string): KeyObject[] =>
  keys.filter(({ id }) => id === undefined || id === keyId).map(({ key }) => key);
