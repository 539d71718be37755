import { Injectable } from '@nestjs/common';
import { AuditLogService } from '../../audit/audit-log.service';
import { AuditTrail } from '../../audit/audit-trail';
import { PersonalData } from '../../personal-data/personal-data';
import { PeopleKnown } from './people-known.service';

/** The export holds the newest audit events; the audit log can be exported as a whole. */
const MOST_EVENTS = 10_000;

/** The rights of access and portability (GDPR articles 15 and 20): what this workspace knows of a person, as JSON. */
@Injectable()
export class PersonalExport {
  constructor(
    private readonly people: PeopleKnown,
    private readonly data: PersonalData,
    private readonly log: AuditLogService,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws NotFound, also for an erased member. */
  async of(memberId: string): Promise<Record<string, unknown>> {
    const person = await this.people.find(memberId);
    this.trail.record({
      type: 'member.exported',
      target: { type: 'member', id: memberId },
      data: { email: person.email },
    });
    const events = await this.log.about([memberId, person.userId], MOST_EVENTS);
    return {
      exportedAt: new Date().toISOString(),
      memberId,
      ...(await this.data.export(person)),
      auditEvents: events.map(({ id, time, type, actorId, targetType, targetId, ip, userAgent, data }) => ({
        ...{ id, time, type, actorId, targetType, targetId },
        ...{ ip, userAgent, data },
      })),
    };
  }
}
