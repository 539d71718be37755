import { Injectable } from '@nestjs/common';
import type { AuditEventType } from '../../audit/audit-event';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { MailQueue } from '../../mail/queue/mail-queue.service';
import { factorMail } from './factor-mail';
import { actorOf, type FactorOwner } from './factor-owner';
import type { Factor, FactorType } from './factor.entity';

type Named = Pick<Factor, 'id' | 'type' | 'name'>;

/** What happens to somebody's factors, on the record; and whatever changes how they sign in, in a mail to them. */
@Injectable()
export class FactorRecord {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly mails: MailQueue,
    private readonly trail: AuditTrail,
  ) {}

  begun(owner: FactorOwner, factor: Named): void {
    this.note('auth.factor_enrolment_begun', owner, factor);
  }

  renamed(owner: FactorOwner, factor: Named, before: string | null): void {
    this.note('auth.factor_renamed', owner, factor, {
      before: { name: before },
      after: { name: factor.name },
    });
  }

  async enrolled(owner: FactorOwner, factor: Named): Promise<void> {
    this.note('auth.factor_enrolled', owner, factor);
    await this.tell(owner, 'a second factor was added', [
      `${describe(factor)} was added to your account. From now on it is asked for, or can be used, when you sign in.`,
    ]);
  }

  async removed(owner: FactorOwner, factor: Named): Promise<void> {
    this.note('auth.factor_removed', owner, factor);
    await this.tell(owner, 'a second factor was removed', [
      `${describe(factor)} was removed from your account and opens nothing any more.`,
    ]);
  }

  async recoveryCodesReplaced(owner: FactorOwner): Promise<void> {
    this.trail.record({
      type: 'auth.recovery_codes_replaced',
      target: { type: 'member', id: owner.memberId },
      actor: actorOf(owner),
    });
    await this.tell(owner, 'new recovery codes were made', [
      'New recovery codes were made for your account. Those of before open nothing any more.',
    ]);
  }

  /** By an admin, who is whoever makes the request. */
  async reset(
    { memberId, email }: FactorOwner,
    factors: readonly Named[],
    sessionsEnded: number,
  ): Promise<void> {
    this.trail.record({
      type: 'auth.factors_reset',
      target: { type: 'member', id: memberId },
      data: { email, factors: factors.map(({ id, type, name }) => ({ id, type, name })), sessionsEnded },
    });
    await this.send({ memberId, email }, 'your second factors were reset', [
      'An admin removed all second factors and recovery codes from your account and ended your sessions. Sign in again, and set up new ones.',
      'If you did not ask for this, tell your admins at once.',
    ]);
  }

  private note(type: AuditEventType, owner: FactorOwner, factor: Named, more: object = {}): void {
    this.trail.record({
      type,
      target: { type: 'factor', id: factor.id },
      actor: actorOf(owner),
      data: { memberId: owner.memberId, factor: factor.type, name: factor.name, ...more },
    });
  }

  private tell(owner: FactorOwner, subject: string, paragraphs: readonly string[]): Promise<void> {
    return this.send(owner, subject, [...paragraphs, OTHERWISE]);
  }

  private async send(
    { memberId, email }: Pick<FactorOwner, 'memberId' | 'email'>,
    subject: string,
    paragraphs: readonly string[],
  ): Promise<void> {
    const [workspace] = await this.database.query<{ name: string }>(
      'select name from workspaces where id = $1',
      [this.database.workspaceId],
    );
    const letter = { subject: `${workspace!.name}: ${subject}`, paragraphs };
    this.mails.add({ to: email, ...factorMail(letter, this.config.publicUrl) }, memberId);
  }
}

const OTHERWISE =
  'If this was not you, somebody else can sign in as you: change your password, remove what you do not know, and tell your admins.';

const WORDS: Record<FactorType, string> = {
  totp: 'An authenticator app',
  webauthn: 'A passkey or security key',
  sms: 'A phone for codes by text message',
  recovery: 'Your set of recovery codes',
};

const describe = ({ type, name }: Named): string => (name ? `${WORDS[type]} (“${name}”)` : WORDS[type]);
