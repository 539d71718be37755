import { appendFile, open, stat } from 'node:fs/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config, ConfigError } from '../../config/config';
import { OutboundClient } from '../../outbound/outbound.client';
import type { Seal } from './seal';
import { SealKeys } from './seal-keys.service';
import { signedNote } from './signed-note';

/** Checkpoints of a workspace leave this host at most this far apart, while there is anything new. */
const INTERVAL_MS = 30_000;

/**
 * Takes checkpoints off this host, to where whoever breaks in here cannot reach: appended to a file (on a write-once
 * mount, say) or posted to a webhook. What could not be delivered is tried again with the next one, which covers it.
 */
@Injectable()
export class CheckpointDelivery implements OnModuleInit {
  private readonly log = new Logger('Audit');
  /** By where they go: what one of them did not take is not told to the other again. */
  private readonly pending = { file: new Map<string, Seal>(), url: new Map<string, Seal>() };
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly outbound: OutboundClient,
    private readonly keys: SealKeys,
  ) {}

  /** Throws ConfigError for a file that nothing can be appended to: nobody would miss what is not in it. */
  async onModuleInit(): Promise<void> {
    const { auditCheckpointFile: file } = this.config;
    if (!file) return;
    try {
      await appendFile(file, '');
    } catch (failure) {
      throw new ConfigError(`AUDIT_CHECKPOINT_FILE cannot be used: ${(failure as Error).message}`);
    }
  }

  /** A newer seal of a workspace takes the place of the one before. */
  offer(seal: Seal): void {
    const { auditCheckpointFile, auditCheckpointUrl } = this.config;
    if (auditCheckpointFile) this.pending.file.set(seal.workspaceId, seal);
    if (auditCheckpointUrl) this.pending.url.set(seal.workspaceId, seal);
    if (auditCheckpointFile || auditCheckpointUrl) this.deliverLater();
  }

  private deliverLater(): void {
    this.timer ??= setTimeout(() => void this.deliver(), INTERVAL_MS).unref();
  }

  /** Delivers what is pending now, after what is on its way. Failures are logged. */
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

/** Part of a line may stand at the end, since the disk was full or the host went down: what follows is none of it. */
async function appendLines(file: string, lines: string): Promise<void> {
  await appendFile(file, (await endsWithin(file)) ? `\n${lines}` : lines);
}

/** Of what is no file, or may be written only, nobody can tell. */
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
