import { readProjection } from './projection';
import { USERS } from './user-schema';

describe('The attributes that a client asks for', () => {
  it('are each looked for once, however often and in whatever spelling they are named', () => {
    const names =
      'emails.value,Emails.Value,urn:ietf:params:scim:schemas:core:2.0:User:emails.value,nonsense,';
    const { only, without } = readProjection(USERS, names.repeat(5_000), 'displayName,DISPLAYNAME');
    expect(only).toEqual([USERS.resolve({ attribute: 'emails', sub: 'value' })]);
    expect(without).toEqual([USERS.resolve({ attribute: 'displayName' })]);
  });
});
