import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { hashSync } from '@node-rs/argon2';
import { Logger } from '@nestjs/common';
import { Problem } from '../../../http/problems';
import { NOBODY } from './hashing-job';
import { PasswordHasher } from './password-hasher';

const HASH = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/;

describe('Passwords are hashed', () => {
  const hasher = new PasswordHasher();
  afterAll(() => hasher.onApplicationShutdown());

  it('with argon2id at the cost that OWASP recommends, differently each time, and are known again', async () => {
    const [one, other] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(one).toMatch(HASH);
    expect(other).not.toBe(one);
    await expect(hasher.verify(one, 'correct horse')).resolves.toBe(true);
    await expect(hasher.verify(one, 'Correct horse')).resolves.toBe(false);
  });

  it('also where there is no account, at the same cost and without being right', async () => {
    expect(NOBODY).toMatch(HASH);
    for (const nothing of [null, undefined])
      await expect(hasher.verify(nothing, 'anything')).resolves.toBe(false);
  });

  it('also where what is stored is no hash: nobody’s password, told once to who runs the service', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    const damaged = [
      '',
      'garbage',
      '$argon2id$garbage',
      NOBODY.slice(0, -10),
      NOBODY.replace('m=19456', 'm=4194304000'),
    ];
    for (const stored of [...damaged, ...damaged]) {
      await expect(hasher.verify(stored, 'anything')).resolves.toBe(false);
    }
    expect(told).toHaveBeenCalledTimes(damaged.length);
    expect(told.mock.calls.flat().join()).not.toContain('garbage');
    told.mockRestore();
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('at a priority below that of everything else', async () => {
    await hasher.hash('x');
    const niceness = readdirSync('/proc/self/task').map((thread) => {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    });
    expect(niceness).toContain(10);
    expect(niceness).toContain(0);
  });

  it('a bounded number at a time, and a bounded number waits: 503 with Retry-After', async () => {
    const cheap = hashSync('another', { memoryCost: 8, timeCost: 1, parallelism: 1 });
    const room = Math.max(1, availableParallelism() - 1) + 256;
    const answers = await Promise.all(
      Array.from({ length: room + 1 }, () => hasher.verify(cheap, 'x').catch((failure: Problem) => failure)),
    );
    const refused = answers.filter((answer) => answer !== false);
    expect(refused).toMatchObject([
      { status: 503, code: 'busy', extra: { headers: { 'retry-after': '2' } } },
    ]);
  });
});
