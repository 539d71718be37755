import { API_KEY_SCOPES, PERMISSIONS, permissionsOf } from './permissions';

describe('The permission matrix', () => {
  it('gives an admin everything but approval decisions', () => {
    const missing = Object.keys(PERMISSIONS).filter(
      (permission) => !permissionsOf('admin', false).has(permission as never),
    );
    expect(missing).toEqual(['approvals:decide']);
  });

  it('lets an editor create, edit and publish workflows and manage agents, skills and connections', () => {
    const editor = permissionsOf('editor', false);
    for (const may of [
      'workflows:write',
      'workflows:publish',
      'agents:write',
      'skills:write',
      'connections:write',
    ] as const) {
      expect(editor.has(may)).toBe(true);
    }
    for (const mayNot of [
      'members:write',
      'members:read',
      'billing:write',
      'members:erase',
      'sso:write',
    ] as const) {
      expect(editor.has(mayNot)).toBe(false);
    }
  });

  it('lets a viewer read runs, the audit log and workflow state, and nothing else', () => {
    expect([...permissionsOf('viewer', false)].sort()).toEqual(['audit:read', 'runs:read', 'workflows:read']);
  });

  it('adds approval decisions for approvers of any role', () => {
    expect(permissionsOf('viewer', true).has('approvals:decide')).toBe(true);
    expect(permissionsOf('admin', true).has('approvals:decide')).toBe(true);
  });

  it('knows exactly 16 API-key scopes, each with a sentence', () => {
    expect(new Set(API_KEY_SCOPES).size).toBe(16);
    for (const scope of API_KEY_SCOPES) expect(PERMISSIONS[scope].length).toBeGreaterThan(5);
  });
});
