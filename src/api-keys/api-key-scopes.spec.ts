import { API_KEY_SCOPES } from '../access/permissions';
import { presetOf, SCOPES_OF_PRESET, scopesNamed } from './api-key-scopes';

describe('The scopes of an API key', () => {
  it('may be named one by one, as a preset, or both in one list', () => {
    expect(scopesNamed({ scopes: ['runs:read'] })).toEqual(['runs:read']);
    expect(scopesNamed({ preset: 'full' })).toEqual(API_KEY_SCOPES);
    expect(scopesNamed({ scopes: ['runs:read', 'read-only', 'runs:write'] })).toEqual(
      expect.arrayContaining([...SCOPES_OF_PRESET['read-only'], 'runs:write']),
    );
    expect(scopesNamed({})).toBeUndefined();
    expect(() => scopesNamed({ scopes: ['runs:read'], preset: 'full' })).toThrow('validation_failed');
  });

  it('are called by their preset where they are exactly that', () => {
    expect(presetOf([...API_KEY_SCOPES].reverse())).toBe('full');
    expect(presetOf(scopesNamed({ preset: 'read-only' })!)).toBe('read-only');
    expect(presetOf(['runs:read'])).toBeNull();
    expect(presetOf(API_KEY_SCOPES.slice(1))).toBeNull();
  });

  it('of the preset read-only change nothing and reveal nothing', () => {
    const harmful = SCOPES_OF_PRESET['read-only'].filter((scope) => !scope.endsWith(':read'));
    expect(harmful).toEqual([]);
    expect(SCOPES_OF_PRESET['read-only']).toHaveLength(8);
  });
});
