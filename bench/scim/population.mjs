/** The same people for everybody; a contender's SQL writes them as its own API would have. */
export const nameOf = (n) => `person-${n}@directory.bench.test`;

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** What a connector creates a person from; `{v}` is the userName. */
export const USER_TEMPLATE = JSON.stringify({
  schemas: [USER, ENTERPRISE],
  externalId: '{v}',
  userName: '{v}',
  active: true,
  displayName: 'Ada Byron',
  emails: [{ primary: true, type: 'work', value: '{v}' }],
  name: { formatted: 'Ada Byron', familyName: 'Byron', givenName: 'Ada' },
  title: 'Countess',
  [ENTERPRISE]: { department: 'Engines', employeeNumber: '42' },
});

/** What puts one more member into a group; `{v}` is the id of the user. */
export const MEMBER_TEMPLATE = JSON.stringify({
  schemas: [PATCH_OP],
  Operations: [{ op: 'add', path: 'members', value: [{ value: '{v}' }] }],
});

export const groupBody = (displayName) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  displayName,
  members: [],
});
