import { ROLES } from '../access/permissions';
import type { Principal } from '../access/principal';
import { refuseAboveOwn } from './granting';

const mayGive = (granter: Partial<Principal>, authenticatedAt = new Date()) =>
  ROLES.filter((role) => {
    try {
      refuseAboveOwn({ authenticatedAt, freshSeconds: 900, ...granter } as Principal, role);
      return true;
    } catch {
      return false;
    }
  });

describe('A role', () => {
  it('is given by people up to their own', () => {
    expect(mayGive({ kind: 'user', role: 'admin' })).toEqual(['admin', 'editor', 'viewer']);
    expect(mayGive({ kind: 'user', role: 'editor' })).toEqual(['editor', 'viewer']);
    expect(mayGive({ kind: 'user', role: 'viewer' })).toEqual(['viewer']);
  });

  it('of an admin is given by those who signed in a moment ago', () => {
    const longAgo = new Date(Date.now() - 3_600_000);
    expect(mayGive({ kind: 'user', role: 'admin' }, longAgo)).toEqual(['editor', 'viewer']);
  });

  it('is given by programs up to editor', () => {
    expect(mayGive({ kind: 'api_key' })).toEqual(['editor', 'viewer']);
  });
});
