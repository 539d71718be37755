import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecretsService } from '../../secrets/secrets.service';

const PURPOSE = 'totp_seed';
/** As long as the hash that the codes are made with (RFC 4226 section 4, R6). */
const SEED_BYTES = 20;

/** Seeds of TOTP generators, encrypted like every other secret of the workspace. */
@Injectable()
export class TotpSeeds {
  constructor(private readonly secrets: SecretsService) {}

  /** A new seed and the id it is kept under. The only moment at which it is shown. */
  async make(): Promise<{ secretId: string; seed: Buffer }> {
    const seed = randomBytes(SEED_BYTES);
    return { secretId: await this.secrets.store(PURPOSE, seed.toString('base64')), seed };
  }

  async open(secretId: string): Promise<Buffer> {
    return Buffer.from((await this.secrets.reveal(secretId, PURPOSE)).reveal(), 'base64');
  }
}
