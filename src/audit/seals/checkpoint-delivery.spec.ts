import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { type Config, ConfigError } from '../../config/config';
import type { OutboundClient } from '../../outbound/outbound.client';
import { CheckpointDelivery } from './checkpoint-delivery.service';
import type { Seal } from './seal';
import type { SealKeys } from './seal-keys.service';

describe('The file for checkpoints', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const startWith = (auditCheckpointFile: string): Promise<void> =>
    new CheckpointDelivery({ auditCheckpointFile } as Config, null!, null!).onModuleInit();

  it('keeps the service from starting where nothing can be appended to it', async () => {
    for (const wrong of [join(folder, 'not-there', 'checkpoints.ndjson'), folder]) {
      await expect(startWith(wrong)).rejects.toThrow(ConfigError);
      await expect(startWith(wrong)).rejects.toThrow(/^AUDIT_CHECKPOINT_FILE cannot be used: E/);
    }
  });

  it('is there from the start', async () => {
    const file = join(folder, 'checkpoints.ndjson');
    await startWith(file);
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});

describe('Checkpoints', () => {
  /** A webhook: what it took, how often it was asked, and what it answers before it takes all. */
  const webhook = { asked: 0, taken: [] as string[], answers: [] as number[], ready: Promise.resolve() };
  const posts = {
    request: async ({ body }: { body: string }) => {
      webhook.asked += 1;
      await webhook.ready;
      const status = webhook.answers.shift() ?? 200;
      if (status === 200) webhook.taken.push(...body.trimEnd().split('\n').map(placeOf));
      return { status };
    },
  };
  const placeOf = (line: string): string => {
    const { workspaceId, number } = JSON.parse(line) as Seal;
    return `${workspaceId}${number}`;
  };
  const keys = { know: async () => undefined, publicKey: () => Buffer.alloc(32).toString('base64') };
  let delivery: CheckpointDelivery;

  const offer = (workspaceId: string, number: number): void =>
    delivery.offer({
      ...{ workspaceId, number, size: 1, total: number, root: '', previous: '', time: '', head: 'h' },
      ...{ keyId: 'k', signature: '' },
    });
  const halfAMinute = () => jest.advanceTimersByTimeAsync(30_000);
  /** From now on the webhook answers only when told. */
  const held = (): (() => void) => {
    let release!: () => void;
    webhook.ready = new Promise((resolve) => (release = resolve));
    return release;
  };

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    jest.useFakeTimers();
    Object.assign(webhook, { asked: 0, taken: [], answers: [], ready: Promise.resolve() });
    const config = { auditCheckpointUrl: 'https://witness.example/' } as Config;
    delivery = new CheckpointDelivery(
      config,
      posts as unknown as OutboundClient,
      keys as unknown as SealKeys,
    );
  });
  afterEach(() => jest.useRealTimers());

  it('leave by themselves within half a minute, the newest of each workspace once', async () => {
    offer('a', 1);
    offer('b', 1);
    offer('a', 2);
    await jest.advanceTimersByTimeAsync(29_000);
    expect(webhook.taken).toEqual([]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(webhook.taken).toEqual(['a2', 'b1']);
    await halfAMinute();
    expect(webhook.asked).toBe(1);
  });

  it.each([500, 404, 302])('are tried again every half minute while the answer is %d', async (status) => {
    webhook.answers = [status, status];
    offer('a', 1);
    for (const taken of [[], [], ['a1'], ['a1']]) {
      await halfAMinute();
      expect(webhook.taken).toEqual(taken);
    }
    expect(webhook.asked).toBe(3);
  });

  it('are not told any more where a newer one of their workspace waits', async () => {
    const answer = held();
    webhook.answers = [500];
    offer('a', 1);
    offer('b', 1);
    await halfAMinute();
    offer('a', 2);
    answer();
    await halfAMinute();
    expect(webhook.taken.sort()).toEqual(['a2', 'b1']);
  });

  it.each([
    ['takes them', []],
    ['takes them when it is asked again', [500]],
  ])('on their way are waited for by whoever stops, where the webhook %s', async (_, answers) => {
    const answer = held();
    webhook.answers = answers;
    offer('a', 1);
    await halfAMinute();
    const stopping = delivery.deliver().then(() => 'stopped');
    const aMoment = jest.advanceTimersByTimeAsync(1_000).then(() => 'a moment');
    expect(await Promise.race([stopping, aMoment])).toBe('a moment');
    answer();
    await stopping;
    expect(webhook.taken).toEqual(['a1']);
  });
});
