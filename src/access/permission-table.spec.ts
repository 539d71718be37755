import { API_KEY_SCOPES, type Permission, PERMISSIONS, permissionsOf, ROLES } from './permissions';

/**
 * The permissions of admin, editor and viewer, each without and with the group `approvers`, and whether an API key may
 * carry the permission. Written out so that a change of permissions shows in review as a change of this table.
 */
const TABLE = `
workspace:read     x x . . . . .
workspace:write    x x . . . . .
members:read       x x . . . . x
members:write      x x . . . . x
members:erase      x x . . . . .
api_keys:read      x x . . . . .
api_keys:write     x x . . . . .
sso:read           x x . . . . .
sso:write          x x . . . . .
scim:read          x x . . . . .
scim:write         x x . . . . .
secrets:read       x x . . . . .
secrets:write      x x . . . . .
secrets:reveal     x x . . . . x
audit:read         x x x x x x x
billing:read       x x . . . . .
billing:write      x x . . . . .
workflows:read     x x x x x x x
workflows:write    x x x x . . x
workflows:publish  x x x x . . x
agents:read        x x x x . . x
agents:write       x x x x . . x
skills:read        x x x x . . x
skills:write       x x x x . . x
connections:read   x x x x . . x
connections:write  x x x x . . x
runs:read          x x x x x x x
runs:write         x x x x . . x
approvals:read     x x . x . x x
approvals:decide   . x . x . x .
`;

const mark = (holds: boolean): string => (holds ? 'x' : '.');

/** Renders the same table from `permissionsOf` and API_KEY_SCOPES. */
function rendered(holds: typeof permissionsOf): string {
  const rows = (Object.keys(PERMISSIONS) as Permission[]).map((permission) => {
    const roles = ROLES.flatMap((role) =>
      [false, true].map((approver) => holds(role, approver).has(permission)),
    );
    const key = (API_KEY_SCOPES as readonly Permission[]).includes(permission);
    return `${permission.padEnd(18)} ${[...roles, key].map(mark).join(' ')}`;
  });
  return `\n${rows.join('\n')}\n`;
}

describe('The table of permissions', () => {
  it('is what was decided, mark by mark', () => {
    expect(rendered(permissionsOf)).toBe(TABLE);
  });

  it('misses no change: whichever single mark is turned, it is another table', () => {
    for (const role of ROLES) {
      for (const approver of [false, true]) {
        for (const permission of Object.keys(PERMISSIONS) as Permission[]) {
          const turned: typeof permissionsOf = (of, with_) => {
            const held = new Set(permissionsOf(of, with_));
            if (of === role && with_ === approver && !held.delete(permission)) held.add(permission);
            return held;
          };
          expect(rendered(turned)).not.toBe(TABLE);
        }
      }
    }
  });
});
