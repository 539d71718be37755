import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { AuditPeople } from '../../audit/personal/audit-people.service';
import { BadRequest } from '../../http/problems';
import { PersonalData } from '../../personal-data/personal-data';
import { Offboarding } from '../offboarding/offboarding.service';
import { PeopleKnown } from './people-known.service';

/** How much was erased, by source. */
export interface Erased {
  readonly memberId: string;
  readonly sources: readonly string[];
}

/**
 * The right to erasure (GDPR article 17), in one transaction: the member is removed through Offboarding, every room
 * erases its personal data, and destroying the person's keys makes their data in the audit log unreadable, whose
 * entries stay and still verify. Cannot be undone.
 */
@Injectable()
export class Erasure {
  constructor(
    private readonly people: PeopleKnown,
    private readonly data: PersonalData,
    private readonly offboarding: Offboarding,
    private readonly trail: AuditTrail,
    private readonly auditPeople: AuditPeople,
  ) {}

  /**
   * @param email the member's address, typed once more to confirm
   * Throws NotFound, 400 `confirmation_mismatch`, 409 `last_admin`, 409 `break_glass_required`.
   */
  async erase(memberId: string, email: string): Promise<Erased> {
    const known = await this.people.find(memberId);
    refuseUnconfirmed(known, email);
    await this.data.sweep(known);
    const person = await this.people.hold(memberId);
    if (!isDeepStrictEqual(person, known)) {
      // Checked again under the lock: the address may have changed since.
      refuseUnconfirmed(person, email);
      await this.data.sweep(person);
    }
    await this.offboarding.end([memberId], 'erased');
    const sources = await this.data.erase(person);
    this.trail.record({
      type: 'member.erased',
      target: { type: 'member', id: memberId },
      data: { sources, keptForOtherWorkspaces: person.isElsewhere },
    });
    const subjects = person.subjects.map(({ subject }) => subject);
    this.auditPeople.forget([memberId, person.userId], [...person.names, ...subjects]);
    return { memberId, sources: [...sources, 'audit'] };
  }
}

function refuseUnconfirmed(person: { readonly email: string }, typed: string): void {
  if (typed.trim().toLowerCase() === person.email) return;
  throw new BadRequest(
    'confirmation_mismatch',
    "Type the member's email address to confirm: erasing cannot be undone.",
  );
}
