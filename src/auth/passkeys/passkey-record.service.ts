import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import type { Problem } from '../../http/problems';
import { KnownDevices } from '../devices/known-devices.service';
import { actorOf, type FactorOwner } from '../factors/factor-owner';
import { InvalidPasskey } from '../factors/invalid-code';
import { BreakGlass } from '../sessions/break-glass.service';
import type { LoginGrant } from '../sessions/login-grant';

/** Somebody whose passkey was found, whether or not it turned out to be good. */
export interface PasskeyHolder extends FactorOwner {
  readonly factorId: string;
}

/** What is written down of sign-ins with a passkey alone. */
@Injectable()
export class PasskeyRecord {
  constructor(
    private readonly database: Database,
    private readonly breakGlass: BreakGlass,
    private readonly devices: KnownDevices,
    private readonly trail: AuditTrail,
  ) {}

  /** A passkey leads to its own workspace. Throws 401 `invalid_passkey` when another one was asked for. */
  async refuseElsewhere(slug: string | undefined): Promise<void> {
    if (slug === undefined) return;
    const [here] = await this.database.query('select 1 from workspaces where id = $1 and slug = $2', [
      this.database.workspaceId,
      slug,
    ]);
    if (!here) throw new InvalidPasskey('another_workspace');
  }

  async noteUse(grant: LoginGrant): Promise<void> {
    if (grant.breakGlass) await this.breakGlass.noteUse(grant);
    this.devices.note(grant.userId);
  }

  async failure(holder: PasskeyHolder, { code, extra }: Problem): Promise<void> {
    const data = { method: 'passkey', code, reason: extra.reason ?? code, factorId: holder.factorId };
    this.trail.record({
      type: 'auth.login_failed',
      actor: actorOf(holder),
      target: { type: 'user', id: holder.id },
      ...(await this.breakGlass.markedFailure(holder.id, data)),
    });
  }
}
