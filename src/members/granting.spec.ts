import { ROLES } from '../access/permissions';
import type { Principal } from '../access/principal';
import { refuseAboveOwn } from './granting';

const mayGive = (granter: Partial<Principal>) =>
  ROLES.filter((role) => {
    try {
      refuseAboveOwn(granter as Principal, role);
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

  it('is given by programs up to editor', () => {
    expect(mayGive({ kind: 'api_key' })).toEqual(['editor', 'viewer']);
  });
});
