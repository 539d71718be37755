import { readFile, stat } from 'node:fs/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config, ConfigError } from '../../../config/config';
import { HOUR_MS } from '../../../config/durations';
import { placeOf } from '../whereabouts';
import { GeoDatabase } from './geo-database';

/** Publishers bring a new file out every week or month. */
const LOOK_AGAIN_MS = HOUR_MS;

/**
 * Where an address is: what it tells by itself, and what the operator's own database of places says (GEOIP_DATABASE).
 * Nobody outside is asked. Without such a file public addresses are nowhere.
 */
@Injectable()
export class Places implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Places');
  private known: { readonly database: GeoDatabase; readonly changedAt: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly config: Config) {}

  /** Throws ConfigError for a file that cannot be used. */
  async onModuleInit(): Promise<void> {
    const path = this.config.geoipDatabase;
    if (path === undefined) return;
    try {
      await this.read(path);
    } catch (error) {
      throw new ConfigError(`GEOIP_DATABASE cannot be used: ${reasonOf(error)}`);
    }
    this.timer = setInterval(() => void this.lookAgain(), LOOK_AGAIN_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** A city and a country, a kind of network, or null. */
  of(ip: string | null | undefined): string | null {
    const byItself = placeOf(ip);
    if (byItself !== null || !ip || !this.known) return byItself;
    try {
      return this.known.database.placeOf(ip);
    } catch (error) {
      // An address that is none, or a file that is damaged inside: whoever asks loses a word, no more.
      this.log.debug(`No place for an address: ${reasonOf(error)}`);
      return null;
    }
  }

  /** Takes a file that was replaced; a broken one leaves the last good one in use. */
  async lookAgain(): Promise<void> {
    const path = this.config.geoipDatabase;
    if (path === undefined) return;
    try {
      await this.read(path);
    } catch (error) {
      this.log.warn(`GEOIP_DATABASE could not be read again: ${reasonOf(error)}`);
    }
  }

  private async read(path: string): Promise<void> {
    const { mtimeMs: changedAt } = await stat(path);
    if (changedAt === this.known?.changedAt) return;
    this.known = { database: new GeoDatabase(await readFile(path)), changedAt };
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
