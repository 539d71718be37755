import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Factor } from './factor.entity';
import { InvalidCode } from './invalid-code';
import { toBase32 } from './protocol/base32';
import { otpauthUrl, stepOf } from './protocol/totp';
import { TotpSeeds } from './totp-seeds.service';

/** Codes of authenticator apps (RFC 6238), in the workspace in flight. */
@Injectable()
export class TotpFactors {
  constructor(
    private readonly database: Database,
    private readonly seeds: TotpSeeds,
  ) {}

  /** A new seed: the id it is kept under, and what an authenticator app needs. */
  async make(account: string): Promise<{ secretId: string; secret: string; otpauthUrl: string }> {
    const { secretId, seed } = await this.seeds.make();
    const [workspace] = await this.database.query<{ name: string }>(
      'select name from workspaces where id = $1',
      [this.database.workspaceId],
    );
    const url = otpauthUrl(seed, { issuer: workspace!.name, account });
    return { secretId, secret: toBase32(seed), otpauthUrl: url };
  }

  /** Takes a code once, whichever instance it comes to. Throws 401 `invalid_code`. */
  async use(factor: Factor, code: string): Promise<void> {
    const accepted = await this.database.query(
      `update factors set last_step = $2, last_used_at = now() where id = $1 and last_step < $2 returning id`,
      [factor.id, await this.stepOf(factor, code)],
    );
    if (accepted.length === 0) throw new InvalidCode('code_used_before');
  }

  /** Takes the first code of a factor, which is then used up like any other. Throws 401 `invalid_code`. */
  async useFirst(factor: Factor, code: string): Promise<void> {
    await this.database.query('update factors set last_step = $2 where id = $1', [
      factor.id,
      await this.stepOf(factor, code),
    ]);
  }

  private async stepOf({ secretId }: Factor, code: string): Promise<number> {
    const step = stepOf(await this.seeds.open(secretId!), code, new Date());
    if (step === undefined) throw new InvalidCode('wrong_code');
    return step;
  }
}
