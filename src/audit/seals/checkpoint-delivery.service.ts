import { appendFile, open, stat } from 'node:fs/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config, ConfigError } from '../../config/config';
import { OutboundClient } from '../../outbound/outbound.client';
import type { Seal } from './seal';
import { SealKeys } from './seal-keys.service';
import { signedNote } from './signed-note';

/** Milliseconds between two deliveries for a workspace at most, while there are new entries. */
const INTERVAL_MS = 30_000;

/**
 * Sends checkpoints to a place that an attacker on this host cannot change: appends them to a file (on a write-once
 * mount, for example) or posts them to a webhook. A failed delivery is retried with the next checkpoint, which covers
 * the earlier ones.
 */
@Injectable()
export class CheckpointDelivery implements OnModuleInit {
  private readonly log = new Logger('Audit');
  /** Per destination, so that a failure of one does not repeat the delivery to the other. */
  private readonly pending = { file: new Map<string, Seal>(), url: new Map<string, Seal>() };
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly outbound: OutboundClient,
    private readonly keys: SealKeys,
  ) {}

  /** Throws ConfigError when the file cannot be appended to: nobody would notice that it stays empty. */
  async onModuleInit(): Promise<void> {
    const { auditCheckpointFile: file } = this.config;
    if (!file) return;
    try {
      await appendFile(file, '');
    } catch (failure) {
      throw new ConfigError(`AUDIT_CHECKPOINT_FILE cannot be used: ${(failure as Error).message}`);
    }
  }

  /** Queues a seal; it replaces an older one of the same workspace. */
  offer(seal: Seal): void {
    const { auditCheckpointFile, auditCheckpointUrl } = this.config;
    if (auditCheckpointFile) this.pending.file.set(seal.workspaceId, seal);
    if (auditCheckpointUrl) this.pending.url.set(seal.workspaceId, seal);
    if (auditCheckpointFile || auditCheckpointUrl) this.deliverLater();
  }

  private deliverLater(): void {
    this.timer ??= setTimeout(() => void this.deliver(), INTERVAL_MS).unref();
  }

  /** Delivers all queued seals, after the delivery in progress. Failures are logged. */
  deliver(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.underWay = this.underWay.then(() => this.deliverPending());
    return this.underWay;
  }

  private async deliverPending(): Promise<void> {
    const { auditCheckpointFile: file, auditCheckpointUrl: url } = this.config;
    if (file) await this.deliverTo(this.pending.file, (lines) => appendLines(file, lines));
    if (url) await this.deliverTo(this.pending.url, (lines) => this.post(url, lines));
  }

  private async deliverTo(
    pending: Map<string, Seal>,
    deliver: (lines: string) => Promise<void>,
  ): Promise<void> {
    const seals = [...pending.values()];
    pending.clear();
    if (seals.length === 0) return;
    try {
      await this.keys.know(seals.map(({ keyId }) => keyId));
      await deliver(seals.map((seal) => `${JSON.stringify(this.checkpoint(seal))}\n`).join(''));
    } catch (failure) {
      for (const seal of seals) if (!pending.has(seal.workspaceId)) pending.set(seal.workspaceId, seal);
      this.deliverLater();
      this.log.error(`Checkpoints of audit logs could not be delivered: ${String(failure)}`);
    }
  }

  private checkpoint(seal: Seal): Record<string, unknown> {
    const { workspaceId, number, total, head, time } = seal;
    return {
      workspaceId,
      number,
      total,
      head,
      time,
      note: signedNote(seal, this.keys.publicKey(seal.keyId)),
    };
  }

  private async post(url: string, body: string): Promise<void> {
    const { status } = await this.outbound.request({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
      statusOnly: true,
    });
    if (status < 200 || status > 299) throw new Error(`The webhook answered ${status}.`);
  }
}

/** Starts a new line first when the file ends within one, as after a full disk or a crash of the host. */
async function appendLines(file: string, lines: string): Promise<void> {
  await appendFile(file, (await endsWithin(file)) ? `\n${lines}` : lines);
}

/** False for what is not a regular file and for a write-only file, whose end cannot be read. */
async function endsWithin(file: string): Promise<boolean> {
  const stats = await stat(file);
  const handle = stats.isFile() && stats.size > 0 ? await open(file, 'r').catch(() => undefined) : undefined;
  try {
    const read = await handle?.read(Buffer.alloc(1), 0, 1, stats.size - 1);
    return read !== undefined && read.buffer.toString() !== '\n';
  } finally {
    await handle?.close();
  }
}
