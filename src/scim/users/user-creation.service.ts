import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { AuditTrail } from '../../audit/audit-trail';
import { domainOfEmail } from '../../domains/domain-name';
import { type RequestContext, requestContext } from '../../http/request-context';
import { type Arrival, MemberArrival, NEWCOMER } from '../../members/member-arrival.service';
import {
  type DirectoryMember,
  type DirectoryProfile,
  MemberDirectoryService,
} from '../../members/member-directory.service';
import { Departures } from '../departure/departures.service';
import { ScimError } from '../protocol/errors';
import { assertComplete, readResource } from '../protocol/resource';
import { isComplex, type ScimObject, type ScimValue } from '../protocol/scim-value';
import { MEMBER_URN } from '../protocol/user-schema';
import { DirectoryRoles, oursOf, schemaFor } from './directory-roles.service';
import { concernsRoles } from './spoken-roles';
import { isAddress, profileOf } from './user-resource';

/** A user as a directory describes it, read. */
export interface NewUser {
  readonly arrival: Arrival;
  readonly resource: ScimObject;
  /** What it says in our own extension. */
  readonly granted: ScimValue | undefined;
}

/** A user to be created, and the request that asks for it. */
export interface WantedUser {
  readonly user: NewUser;
  readonly request: RequestContext;
}

type Recorded = Pick<DirectoryMember, 'id' | 'userName' | 'email' | 'externalId' | 'role' | 'source'>;

/** How a directory's new user becomes a member, with its record. */
@Injectable()
export class UserCreation {
  constructor(
    private readonly arrival: MemberArrival,
    private readonly directory: MemberDirectoryService,
    private readonly roles: DirectoryRoles,
    private readonly departures: Departures,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Makes a member of a User body. Throws what reading it throws, 409 uniqueness when another member has the userName
   * or email, and what DirectoryRoles throws.
   */
  async create(body: unknown): Promise<DirectoryMember> {
    const highest = concernsRoles(body) ? await this.roles.highest() : undefined;
    return this.add(readNewUser(body, highest), highest);
  }

  /** As `create`, for what was read already. `highest` is the role that directories may give, where they may. */
  async add(user: NewUser, highest?: Role): Promise<DirectoryMember> {
    // A member who returns as active must not be removed by a pending departure.
    const added = await this.arrival.add(user.arrival, async (member) => {
      if (user.arrival.active) await this.departures.takeBack(member);
    });
    if ('clash' in added) throw taken(added.clash);
    const member = highest === undefined ? added : await this.grant(added, user, highest);
    this.record(member, user.arrival);
    return member;
  }

  /**
   * As `add` for several requests of simple cases, each with its own audit events. Resolves after the commit of the
   * current transaction. See MemberArrival.admit for when it fails.
   */
  admit(wanted: readonly WantedUser[]): Promise<readonly DirectoryMember[]> {
    const { ids, members } = this.arrival.admit(wanted.map(({ user }) => user.arrival));
    for (const [index, { user, request }] of wanted.entries()) {
      const { arrival } = user;
      requestContext.run(request, () =>
        this.record({ id: ids[index]!, ...arrival.profile, ...NEWCOMER }, arrival),
      );
    }
    return members;
  }

  /**
   * As `add` for several requests, each with its own audit events. Undefined when one is not a simple case: roll back
   * the transaction then.
   */
  async addTogether(wanted: readonly WantedUser[]): Promise<readonly DirectoryMember[] | undefined> {
    const added = await this.arrival.addTogether(wanted.map(({ user }) => user.arrival));
    if (!added) return undefined;
    const members: DirectoryMember[] = [];
    for (const [index, { user, request }] of wanted.entries()) {
      members.push(
        await requestContext.run(request, async () => {
          const member = await this.arrival.judged(added.members[index]!, added.rules);
          this.record(member, user.arrival);
          return member;
        }),
      );
    }
    return members;
  }

  /** Throws 401 when the credential of this request was revoked while the request waited for a lock. */
  async refuseEnded(): Promise<void> {
    const credentialId = shownCredential();
    if (credentialId !== null) await this.arrival.refuseEnded([credentialId]);
  }

  /** Throws 409 uniqueness when somebody other than this member has the userName or the email. */
  async refuseClash(profile: DirectoryProfile, exceptId?: string): Promise<void> {
    const clash = await this.directory.findClash(profile, exceptId);
    if (clash) throw taken(clash);
  }

  private async grant(
    member: DirectoryMember,
    { resource: { roles }, granted }: NewUser,
    highest: Role,
  ): Promise<DirectoryMember> {
    const before = oursOf(member);
    const ours = { ...before, ...(isComplex(granted) && granted) };
    const spoken = { before, ours, listed: roles === undefined ? undefined : { roles } };
    const isGranted = await this.roles.write(member, spoken, { highest, fresh: true });
    return isGranted ? (await this.directory.find(member.id))! : member;
  }

  private record({ id, userName, email, externalId, role, source }: Recorded, { active }: Arrival): void {
    const target = { type: 'member', id } as const;
    const created = { userName, email, active, externalId };
    this.trail.record({ type: 'scim.user_created', target, data: created });
    if (!active) return;
    this.trail.record({ type: 'workspace.member_joined', target, data: { email, role, source } });
  }
}

/** What a POST says (RFC 7644 section 3.3). Throws invalidSyntax and invalidValue. `highest` as in `add`. */
export function readNewUser(body: unknown, highest?: Role): NewUser {
  const schema = schemaFor(highest);
  const { [MEMBER_URN]: granted, ...resource } = readResource(schema, body);
  assertComplete(schema, resource);
  const profile = profileOf(resource);
  const emailDomain = isAddress(profile.email) ? (domainOfEmail(profile.email) ?? null) : null;
  const arrival = {
    profile,
    active: resource.active !== false,
    emailDomain,
    credentialId: shownCredential(),
  };
  return { arrival, resource, granted };
}

/** The id of the directory's credential; null when the caller is no directory but asks for a dry run. */
function shownCredential(): string | null {
  const caller = requestContext.current()?.caller;
  return caller?.kind === 'scim' ? caller.id : null;
}

function taken(attribute: 'userName' | 'email'): ScimError {
  return new ScimError(409, `Somebody in this workspace has this ${attribute} already.`, 'uniqueness');
}
