import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { AuditPeople } from '../../audit/personal/audit-people.service';
import { BadRequest } from '../../http/problems';
import { PersonalData } from '../../personal-data/personal-data';
import { Offboarding } from '../offboarding/offboarding.service';
import { PeopleKnown } from './people-known.service';

/** What was erased, by the names of its sources. */
export interface Erased {
  readonly memberId: string;
  readonly sources: readonly string[];
}

/**
 * The right to erasure (GDPR article 17). Everything that leads to the person goes, in one transaction: out of the
 * workspace first, by the one way out; then each room's data; and with the keys, what is personal in the audit log,
 * whose entries stay and still verify. It cannot be undone.
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
   * @param email of the member, typed once more: 400 `confirmation_mismatch` otherwise
   * Throws NotFound, 409 `last_admin` and 409 `break_glass_required`.
   */
  async erase(memberId: string, email: string): Promise<Erased> {
    const known = await this.people.find(memberId);
    refuseUnconfirmed(known, email);
    await this.data.sweep(known);
    const person = await this.people.hold(memberId);
    if (!isDeepStrictEqual(person, known)) {
      // Somebody gave them another name meanwhile.
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
