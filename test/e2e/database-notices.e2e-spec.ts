import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { DatabaseNotices } from '../../src/database/database-notices';

describe('The connection for notices of other instances', () => {
  afterEach(() => jest.restoreAllMocks());

  const begun = (url: string): DatabaseNotices => {
    const notices = new DatabaseNotices({ options: { url } } as unknown as DataSource);
    notices.listen('of_a_test', () => undefined);
    return notices;
  };

  it('is let go of without a word while it is still being made, as a command does that ends at once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    for (let milliseconds = 0; milliseconds < 12; milliseconds += 1) {
      const notices = begun(process.env.TEST_DATABASE_URL!);
      await pause(milliseconds);
      await notices.onModuleDestroy();
    }
    await pause(100);
    expect(warn.mock.calls).toEqual([]);
  });

  it('is missed aloud where it cannot be made', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const notices = begun('postgres://nobody@127.0.0.1:1/nowhere');
    await pause(100);
    await notices.onModuleDestroy();
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^Notices of other instances are not heard: /)]]);
  });
});
