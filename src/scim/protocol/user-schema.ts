import type { Attribute, Schema } from './schema';
import { attribute, ResourceSchema } from './schema';

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Our own extension: role and approver of the member. */
export const MEMBER_URN = 'urn:gatehouse:params:scim:schemas:extension:member:2.0:User';

/** Characters. PostgreSQL limits an index entry to a third of a page. */
const INDEXED_LENGTH = 512;

const type = (...canonicalValues: string[]) =>
  attribute('type', 'What the value is used for.', canonicalValues.length > 0 ? { canonicalValues } : {});
const display = attribute('display', 'The value as people should see it.');
const primary = attribute('primary', 'The preferred one; true at most once.', { type: 'boolean' });

/** A multi-valued attribute in the shape of RFC 7643 section 2.4. */
function plural(name: string, description: string, value: Attribute, kind: Attribute): Attribute {
  return attribute(name, description, {
    multiValued: true,
    subAttributes: [value, display, kind, primary],
  });
}

/** RFC 7643 section 3.1. `schemas` is written by the server and read for its URNs only. */
export const COMMON_ATTRIBUTES: readonly Attribute[] = [
  attribute('id', "The server's id of the resource.", {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', "The client's own id of the resource.", {
    caseExact: true,
    maxLength: INDEXED_LENGTH,
  }),
  attribute('meta', 'What the server knows about the resource.', {
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', 'The type of the resource.', { caseExact: true, mutability: 'readOnly' }),
      attribute('created', 'When it was created.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When it last changed.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', 'Its URL.', {
        type: 'reference',
        referenceTypes: ['uri'],
        caseExact: true,
        mutability: 'readOnly',
      }),
      attribute('version', 'Its version, a weak entity tag.', { caseExact: true, mutability: 'readOnly' }),
    ],
  }),
];

/** RFC 7643 section 4.1, without `password`: the server ignores it. */
export const USER_SCHEMA: Schema = {
  id: USER_URN,
  name: 'User',
  description: 'A member of the workspace.',
  attributes: [
    attribute('userName', 'The name the person signs in with at the identity provider.', {
      required: true,
      uniqueness: 'server',
      maxLength: INDEXED_LENGTH,
    }),
    attribute('name', "The parts of the person's name.", {
      subAttributes: [
        attribute('formatted', 'The whole name, ready to be shown.'),
        attribute('familyName', 'The family name.'),
        attribute('givenName', 'The given name.'),
        attribute('middleName', 'The middle names.'),
        attribute('honorificPrefix', 'A title before the name.'),
        attribute('honorificSuffix', 'A suffix after the name.'),
      ],
    }),
    attribute('displayName', 'The name shown to people.'),
    attribute('nickName', 'The casual name.'),
    attribute('profileUrl', "The person's profile page.", {
      type: 'reference',
      referenceTypes: ['external'],
      caseExact: true,
    }),
    attribute('title', 'The title in the organisation.'),
    attribute('userType', 'The relation to the organisation.'),
    attribute('preferredLanguage', 'The preferred written or spoken language.'),
    attribute('locale', 'How numbers, dates and times are written.'),
    attribute('timezone', 'The time zone, as an IANA name.'),
    attribute('active', 'False: the person is out of the workspace, without sessions or keys.', {
      type: 'boolean',
    }),
    plural(
      'emails',
      'E-mail addresses. The primary one (else the one of type work, else the first) is the member’s.',
      attribute('value', 'The address.', { maxLength: INDEXED_LENGTH }),
      type('work', 'home', 'other'),
    ),
    plural(
      'phoneNumbers',
      'Telephone numbers.',
      attribute('value', 'The number.'),
      type('work', 'home', 'mobile', 'fax', 'pager', 'other'),
    ),
    plural('ims', 'Instant messaging addresses.', attribute('value', 'The address.'), type()),
    plural(
      'photos',
      'Pictures of the person.',
      attribute('value', 'The URL of the picture.', {
        type: 'reference',
        referenceTypes: ['external'],
        caseExact: true,
      }),
      type('photo', 'thumbnail'),
    ),
    attribute('addresses', 'Postal addresses.', {
      multiValued: true,
      subAttributes: [
        attribute('formatted', 'The whole address, ready to be printed.'),
        attribute('streetAddress', 'Street and number.'),
        attribute('locality', 'The city.'),
        attribute('region', 'The state or region.'),
        attribute('postalCode', 'The postal code.'),
        attribute('country', 'The country.'),
        type('work', 'home', 'other'),
        primary,
      ],
    }),
    attribute('groups', 'The groups the person is in; changed through the groups.', {
      multiValued: true,
      mutability: 'readOnly',
      subAttributes: [
        attribute('value', 'The id of the group.', { caseExact: true, mutability: 'readOnly' }),
        attribute('$ref', 'The URL of the group.', {
          type: 'reference',
          referenceTypes: ['Group'],
          caseExact: true,
          mutability: 'readOnly',
        }),
        attribute('display', 'The name of the group.', { mutability: 'readOnly' }),
        attribute('type', 'How the membership came about.', {
          mutability: 'readOnly',
          canonicalValues: ['direct', 'indirect'],
        }),
      ],
    }),
    plural(
      'entitlements',
      'Entitlements at the directory. They grant nothing here.',
      attribute('value', 'The entitlement.'),
      type(),
    ),
    plural(
      'roles',
      'Roles at the directory. They grant nothing here, unless the policy of the workspace lets the directory decide.',
      attribute('value', 'The role.'),
      type(),
    ),
    plural(
      'x509Certificates',
      'Certificates of the person.',
      attribute('value', 'The certificate, DER in base64.', { type: 'binary', caseExact: true }),
      type(),
    ),
  ],
};

/** RFC 7643 section 4.3. */
export const ENTERPRISE_SCHEMA: Schema = {
  id: ENTERPRISE_URN,
  name: 'EnterpriseUser',
  description: 'What an organisation knows about its people.',
  attributes: [
    attribute('employeeNumber', "The organisation's number of the person."),
    attribute('costCenter', 'The cost centre.'),
    attribute('organization', 'The organisation.'),
    attribute('division', 'The division.'),
    attribute('department', 'The department.'),
    attribute('manager', "The person's manager.", {
      // Without displayName: directories may name managers by their own ids, for which no name is known here.
      subAttributes: [
        attribute('value', 'The id of the manager, as the directory gave it.', { caseExact: true }),
      ],
    }),
  ],
};

const memberSchema = (mutability: Attribute['mutability']): Schema => ({
  id: MEMBER_URN,
  name: 'Member',
  description: 'What the member may do in this workspace.',
  attributes: [
    attribute(
      'role',
      "The member's role. Given by admins, by role mappings, and by the directory where it may.",
      {
        caseExact: true,
        mutability,
        returned: 'request',
        canonicalValues: ['admin', 'editor', 'viewer'],
      },
    ),
    attribute('approver', 'Whether the member may approve what others ask for.', {
      type: 'boolean',
      mutability,
      returned: 'request',
    }),
  ],
});

/** Roles are given here, by people and by rules: a directory sees what came of it. */
export const MEMBER_SCHEMA = memberSchema('readOnly');

/** The same where a workspace lets its directory decide (`scim.directorySetsRole`). */
const DECIDED_MEMBER_SCHEMA = memberSchema('readWrite');

/** The URNs of the drafts before the RFC. */
const FORMER_URNS = new Map([
  ['urn:scim:schemas:core:1.0', USER_URN],
  ['urn:scim:schemas:core:2.0', USER_URN],
  ['urn:scim:schemas:core:2.0:user', USER_URN],
  ['urn:ietf:params:scim:schemas:core:2.0', USER_URN],
  ['urn:scim:schemas:extension:enterprise:1.0', ENTERPRISE_URN],
  ['urn:scim:schemas:extension:enterprise:2.0', ENTERPRISE_URN],
  ['urn:scim:schemas:extension:enterprise:2.0:user', ENTERPRISE_URN],
]);

const usersWith = (member: Schema): ResourceSchema =>
  new ResourceSchema(USER_SCHEMA, [ENTERPRISE_SCHEMA, member], COMMON_ATTRIBUTES, FORMER_URNS);

/** Users as this server knows them, under the URNs of the RFC and of the drafts before it. */
export const USERS = usersWith(MEMBER_SCHEMA);

/** Users of a workspace that lets its directory decide about roles. */
export const USERS_WITH_ROLES = usersWith(DECIDED_MEMBER_SCHEMA);
