import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config';
import { HOUR_SECONDS } from '../../config/durations';
import { Schedule } from '../../schedule/schedule';
import { SigningKeyStore } from './signing-key-store.service';

/** Replaces the key that signs access tokens now and then, and takes out those that nobody needs any more. */
@Injectable()
export class SigningKeyRotation implements OnModuleInit {
  private readonly log = new Logger('SigningKeys');

  constructor(
    private readonly config: Config,
    private readonly schedule: Schedule,
    private readonly store: SigningKeyStore,
  ) {}

  onModuleInit(): void {
    this.schedule.every('auth.rotate_signing_keys', HOUR_SECONDS, () => this.run());
  }

  private async run(): Promise<void> {
    const days = this.config.signingKeyRotationDays;
    if (days > 0 && (await this.store.publishAfter(days))) this.log.log('A new signing key was published.');
    const retired = await this.store.retire();
    if (retired.length > 0) this.log.log(`Signing keys were retired: ${retired.join(', ')}.`);
  }
}
