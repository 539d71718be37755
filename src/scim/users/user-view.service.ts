import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import {
  type DirectoryMember,
  MEMBER_PAGES,
  MemberDirectoryService,
} from '../../members/member-directory.service';
import type { Listing } from '../listing/listing';
import { ResourceLister } from '../listing/resource-lister';
import type { ListResponse } from '../protocol/paging';
import { isWanted } from '../protocol/projection';
import { writeResource } from '../protocol/resource';
import type { ScimObject } from '../protocol/scim-value';
import { USERS } from '../protocol/user-schema';
import type { ResourceQuery } from '../resource-query';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { resolveOtherName, userAttributes } from './user-attributes';
import { shownResourceOf } from './user-resource';

/** Converts members to the resources that directories receive, singly and in lists. */
@Injectable()
export class UserView {
  private readonly baseUrl: string;
  readonly listing: Listing<DirectoryMember>;

  constructor(
    directory: MemberDirectoryService,
    private readonly lister: ResourceLister,
    config: Config,
  ) {
    this.baseUrl = `${config.publicUrl}${SCIM_PREFIX}`;
    this.listing = {
      name: 'User',
      schema: USERS,
      attributes: userAttributes(this.baseUrl),
      source: MEMBER_PAGES,
      resolve: resolveOtherName,
      read: (request, projection) => directory.page(request, { groups: isWanted('groups', projection) }),
      write: (members) => members.map((member) => this.written(member)),
    };
  }

  list(query: ResourceQuery): Promise<ListResponse<ScimObject>> {
    return this.lister.list(this.listing, query);
  }

  /**
   * The version excludes the user's groups: they change without the user, and a change of a group must not fail a
   * PATCH with If-Match.
   */
  written(member: DirectoryMember): ScimObject {
    const written = writeResource(USERS, shownResourceOf(member), {
      id: member.id,
      resourceType: 'User',
      created: member.createdAt,
      lastModified: member.updatedAt,
      location: `${this.baseUrl}/Users/${member.id}`,
    });
    if (!member.groups?.length) return written;
    const groups = member.groups.map(({ value, display, type }) => ({
      value,
      $ref: `${this.baseUrl}/Groups/${value}`,
      display,
      type,
    }));
    return { ...written, groups };
  }
}
