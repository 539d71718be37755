import type { Schema } from './schema';
import { attribute, ResourceSchema } from './schema';
import { COMMON_ATTRIBUTES } from './user-schema';

export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Characters. PostgreSQL limits an index entry to a third of a page. */
const INDEXED_LENGTH = 512;

/** RFC 7643 section 4.2. */
export const GROUP_SCHEMA: Schema = {
  id: GROUP_URN,
  name: 'Group',
  description: 'A group of members of the workspace.',
  attributes: [
    attribute('displayName', 'The name of the group; rules about groups name it letter by letter.', {
      required: true,
      uniqueness: 'server',
      maxLength: INDEXED_LENGTH,
    }),
    attribute('members', 'Who is in the group: users, and groups whose members are then in it, too.', {
      multiValued: true,
      subAttributes: [
        attribute('value', 'The id of the user or group.', { caseExact: true, mutability: 'immutable' }),
        attribute('$ref', 'The URL of the user or group.', {
          type: 'reference',
          referenceTypes: ['User', 'Group'],
          caseExact: true,
          mutability: 'immutable',
        }),
        attribute('display', 'The name of the user or group.', { mutability: 'readOnly' }),
        attribute('type', 'What kind of resource it is.', {
          mutability: 'immutable',
          canonicalValues: ['User', 'Group'],
        }),
      ],
    }),
  ],
};

/** Groups as this server knows them, under the URNs of the RFC, of the drafts before it and of Entra ID. */
export const GROUPS = new ResourceSchema(
  GROUP_SCHEMA,
  [],
  COMMON_ATTRIBUTES,
  new Map([
    ['urn:scim:schemas:core:1.0', GROUP_URN],
    ['urn:scim:schemas:core:2.0', GROUP_URN],
    ['urn:scim:schemas:core:2.0:group', GROUP_URN],
    ['urn:ietf:params:scim:schemas:core:2.0', GROUP_URN],
    ['http://schemas.microsoft.com/2006/11/resourcemanagement/adscim/2.0/group', GROUP_URN],
  ]),
);
