import { Injectable } from '@nestjs/common';
import { NotFound } from '../../http/problems';
import { type DirectoryMember, MemberDirectoryService } from '../../members/member-directory.service';
import { Departures } from '../departure/departures.service';
import type { Listing } from '../listing/listing';
import { badRequest } from '../protocol/errors';
import type { ListResponse } from '../protocol/paging';
import { applyPatch } from '../protocol/patch';
import { assertMatches, type Precondition } from '../protocol/precondition';
import { isWanted, type Projection } from '../protocol/projection';
import { readResource } from '../protocol/resource';
import { isComplex, type ScimObject, type ScimValue } from '../protocol/scim-value';
import { MEMBER_URN, USERS } from '../protocol/user-schema';
import type { ScimResourceType } from '../resource-type';
import type { ResourceQuery } from '../resource-query';
import { type Revision, UserChanges } from './user-changes.service';
import { UserCreation } from './user-creation.service';
import { losesAddress } from './user-resource';
import { UserView } from './user-view.service';

/**
 * The members of the workspace as SCIM users. A change records its audit events in the same transaction; a request
 * that changes nothing records none.
 */
@Injectable()
export class ScimUsersService implements ScimResourceType {
  readonly name = 'User';
  readonly endpoint = '/Users';
  readonly schema = USERS;

  constructor(
    private readonly directory: MemberDirectoryService,
    private readonly creation: UserCreation,
    private readonly changes: UserChanges,
    private readonly departures: Departures,
    private readonly view: UserView,
  ) {}

  get listing(): Listing<DirectoryMember> {
    return this.view.listing;
  }

  /** RFC 7644 section 3.4.2: a page in stable order with the exact number of all. Throws invalidFilter. */
  list(query: ResourceQuery): Promise<ListResponse<ScimObject>> {
    return this.view.list(query);
  }

  /** RFC 7644 section 3.4.1. Also somebody inactive; unknown, foreign and deleted ids are all NotFound. */
  async get(id: string, projection?: Projection): Promise<ScimObject> {
    const groups = isWanted('groups', projection);
    return this.view.written(found(await this.directory.find(id, { groups })));
  }

  /** RFC 7644 section 3.3. Throws 409 uniqueness for a userName or email that somebody here has. */
  async create(body: unknown): Promise<ScimObject> {
    return this.view.written(await this.creation.create(body));
  }

  /**
   * RFC 7644 section 3.5.1. Without `active` the state stays, and without our extension the role: silence neither locks
   * out nor lets in, nor raises or lowers.
   */
  replace(id: string, body: unknown, precondition?: Precondition): Promise<ScimObject> {
    return this.change(id, precondition, body, (before, schema) => {
      const { active = before.active, [MEMBER_URN]: ours, ...after } = readResource(schema, body);
      const granted = { ...asObject(before[MEMBER_URN]), ...asObject(ours) };
      return { ...after, ...(active !== undefined && { active }), [MEMBER_URN]: granted };
    });
  }

  /**
   * RFC 7644 section 3.5.2: all operations or none. Refuses to remove the last email address, while a PUT without
   * addresses keeps it.
   */
  patch(id: string, body: unknown, precondition?: Precondition): Promise<ScimObject> {
    return this.change(id, precondition, body, (before, schema) => {
      const after = applyPatch(schema, before, body);
      if (after.active === undefined)
        throw badRequest('mutability', 'active is true or false; it cannot be removed.');
      if (losesAddress(before, after)) {
        throw badRequest(
          'mutability',
          'The last address cannot be removed while userName is none either: send another one in its place.',
        );
      }
      return after;
    });
  }

  /** RFC 7644 section 3.6: out of the workspace and out of the directory's sight. The row stays. */
  async delete(id: string, precondition?: Precondition): Promise<void> {
    const member = found(await this.directory.findForDeletion(id));
    assertMatches(precondition, () => this.view.written(member));
    await this.departures.delete(member);
  }

  private async change(
    id: string,
    precondition: Precondition | undefined,
    body: unknown,
    revise: Revision,
  ): Promise<ScimObject> {
    const changed = await this.changes.apply(await this.held(id, precondition), body, revise);
    return changed ? this.view.written(changed) : this.get(id);
  }

  /** The member, kept from being changed by others. Throws 412 when its version breaks the precondition. */
  private async held(id: string, precondition: Precondition | undefined): Promise<DirectoryMember> {
    const member = found(await this.directory.findForChange(id));
    assertMatches(precondition, () => this.view.written(member));
    return member;
  }
}

function found(member: DirectoryMember | undefined): DirectoryMember {
  if (!member) throw new NotFound('User');
  return member;
}

const asObject = (value: ScimValue | undefined): ScimObject => (isComplex(value) ? value : {});
