import { Injectable } from '@nestjs/common';
import { KnownDevices } from '../../devices/known-devices.service';
import { LoginThrottle } from '../login-throttle.service';
import type { NewPassword } from '../rules/new-passwords.service';
import { PasswordStore } from './password-store.service';
import type { OpenReset } from './reset-links.service';

/** What a reset comes to. */
@Injectable()
export class ResetConsequences {
  constructor(
    private readonly store: PasswordStore,
    private readonly throttle: LoginThrottle,
    private readonly devices: KnownDevices,
  ) {}

  /**
   * In the transaction that used the link up. Browsers of before are strangers from now on; the one that brought the
   * link is none, however often others guessed.
   */
  async write({ userId, memberId, email }: OpenReset, chosen: NewPassword): Promise<void> {
    await this.store.replace({ userId, memberId, email, how: 'reset' }, chosen);
    await this.throttle.forgive(email);
    await this.devices.forget(userId);
    this.devices.note(userId);
  }
}
