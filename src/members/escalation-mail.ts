import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { AuditRecord } from '../audit/audit-event';
import { actorInFlight, AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { AdminMail } from '../mail/admin-mail';
import type { Notice } from '../mail/notice';

/** One line of the mail: who, and by whom. */
type NewAdmin = string;

/**
 * Mails all admins when a member becomes admin. Listens to the audit event `auth.role_escalated`, so that no code that
 * changes roles can forget the mail. Members who become admin in one transaction share a mail.
 */
@Injectable()
export class EscalationMail implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly mail: AdminMail,
  ) {}

  onModuleInit(): void {
    this.trail.whenever('auth.role_escalated', (event) => this.note(event));
  }

  private note(event: AuditRecord): void {
    this.database.gather(this, lineOf(event), (all: readonly NewAdmin[]) =>
      this.mail.sendLast(this, () => noticeOf(all)),
    );
  }
}

function noticeOf(all: readonly NewAdmin[]): Notice {
  return {
    subject: all.length === 1 ? 'somebody became admin' : `${all.length} people became admin`,
    paragraphs: [
      'From now on they may do everything here: change roles, remove people, read secrets and change how everybody signs in.',
      'If nobody meant that, take the role away and look at the audit log: the event auth.role_escalated says how it came about.',
    ],
    items: all,
    link: { path: '/console', label: 'Sign in' },
  };
}

/** Addresses alone: names are for whoever opens the console. */
function lineOf({ actor = actorInFlight(), data = {} }: AuditRecord): NewAdmin {
  const { email, before, because } = data as {
    email?: string;
    before?: { role?: string | null };
    because?: string;
  };
  const was = before?.role ? `${before.role} before` : 'no member before, or removed';
  const by = actor.type === 'user' && actor.email && actor.email !== email ? `, by ${actor.email}` : '';
  const how = actor.type === 'user' ? by : `, by ${BY[actor.type]}`;
  return `${email ?? 'somebody'} (${was}${how}${because ? `; ${because.replaceAll('_', ' ')}` : ''})`;
}

const BY = { api_key: 'an API key', scim: 'a directory', system: 'the service itself' } as const;
