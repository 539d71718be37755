import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';

const RECONNECT_MS = 1_000;

/**
 * Receives the notices that instances send each other through PostgreSQL (LISTEN, NOTIFY), on a connection of its own.
 * Notices get lost while this connection is down and behind a pooler that does not support LISTEN. Listeners are
 * therefore called after each (re)connect, and must also poll.
 */
@Injectable()
export class DatabaseNotices implements OnModuleDestroy {
  private readonly log = new Logger('Database');
  private readonly listeners = new Map<string, (() => void)[]>();
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly dataSource: DataSource) {}

  /** Calls `heard` for each notice on `channel`, which must not come from a request: it goes into SQL as it is. */
  listen(channel: string, heard: () => void): void {
    this.listeners.set(channel, [...(this.listeners.get(channel) ?? []), heard]);
    if (this.client) void this.client.query(`listen ${channel}`).catch(() => undefined);
    else this.connect();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private connect(): void {
    const { url } = this.dataSource.options as { url: string };
    const client = new Client({
      connectionString: url,
      application_name: 'gatehouse-notices',
      keepAlive: true,
    });
    this.client = client;
    client.on('notification', ({ channel }) => this.call(channel));
    client.on('error', () => this.reconnect(client));
    client.on('end', () => this.reconnect(client));
    this.begin(client).catch((failure: unknown) => {
      if (this.stopped) return;
      this.log.warn(`Notices of other instances are not heard: ${String(failure)}`);
      this.reconnect(client);
    });
  }

  private async begin(client: Client): Promise<void> {
    await client.connect();
    for (const channel of this.listeners.keys()) await client.query(`listen ${channel}`);
    for (const channel of this.listeners.keys()) this.call(channel);
  }

  private reconnect(client: Client): void {
    if (this.stopped || this.client !== client) return;
    this.client = undefined;
    client.end().catch(() => undefined);
    this.timer = setTimeout(() => this.connect(), RECONNECT_MS).unref();
  }

  private call(channel: string): void {
    for (const heard of this.listeners.get(channel) ?? []) heard();
  }
}
