import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import type { DirectoryGroup } from '../../members/directory-groups/directory-group';
import { DirectoryGroups, GROUP_PAGES } from '../../members/directory-groups/directory-groups.service';
import type { Listing } from '../listing/listing';
import { ResourceLister } from '../listing/resource-lister';
import { GROUPS } from '../protocol/group-schema';
import type { ListResponse } from '../protocol/paging';
import { isWanted, type Projection } from '../protocol/projection';
import { schemasNamed } from '../protocol/schemas-attribute';
import type { ScimObject } from '../protocol/scim-value';
import type { ResourceQuery } from '../resource-query';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { groupAttributes } from './group-attributes';
import { tooManyMembers, writeGroup } from './group-resource';

/** Converts groups to the resources that directories receive, singly and in lists. */
@Injectable()
export class GroupView {
  private readonly baseUrl: string;
  readonly listing: Listing<DirectoryGroup>;

  constructor(
    private readonly groups: DirectoryGroups,
    private readonly lister: ResourceLister,
    config: Config,
  ) {
    this.baseUrl = `${config.publicUrl}${SCIM_PREFIX}`;
    this.listing = {
      name: 'Group',
      schema: GROUPS,
      attributes: groupAttributes(this.baseUrl),
      source: GROUP_PAGES,
      resolve: schemasNamed,
      read: (request) => groups.page(request),
      write: (page, projection) => this.written(page, projection),
    };
  }

  list(query: ResourceQuery): Promise<ListResponse<ScimObject>> {
    return this.lister.list(this.listing, query);
  }

  /** Members of all of them in one statement, unless they are not asked for. Throws tooMany for more than an answer holds. */
  async written(groups: readonly DirectoryGroup[], projection?: Projection): Promise<ScimObject[]> {
    if (!isWanted('members', projection)) return groups.map((group) => writeGroup(group, this.baseUrl));
    const members = await this.groups.membersOf(groups.map(({ id }) => id));
    if (!members) throw tooManyMembers();
    return groups.map((group) => writeGroup(group, this.baseUrl, members.get(group.id)));
  }
}
