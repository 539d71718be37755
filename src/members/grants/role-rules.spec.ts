import { applyRules, type RoleFacts, type RoleRule } from './role-rules';

const OKTA = 'okta';
const ENTRA = 'entra';

const rule = (value: string, role: RoleRule['role'], more: Partial<RoleRule> = {}): RoleRule => ({
  source: 'idp_group',
  value,
  role,
  approver: false,
  connectionId: null,
  ...more,
});

const facts = (more: Partial<RoleFacts> = {}): RoleFacts => ({
  idpGroups: [],
  scimGroups: [],
  department: null,
  ...more,
});

const inGroups = (...groups: string[]): RoleFacts => facts({ idpGroups: [{ connectionId: OKTA, groups }] });

describe('Rules', () => {
  it('give nothing to whom none of them matches', () => {
    expect(applyRules([], inGroups('a'))).toBeUndefined();
    expect(applyRules([rule('a', 'admin')], facts())).toBeUndefined();
  });

  it('are tried in order: the first one decides, though a later one gives more', () => {
    const rules = [rule('a', 'viewer'), rule('b', 'admin')];
    expect(applyRules(rules, inGroups('b', 'a'))).toMatchObject({
      role: 'viewer',
      rule: { position: 1, value: 'a', connectionId: OKTA },
    });
    expect(applyRules(rules, inGroups('b'))).toMatchObject({ role: 'admin', rule: { position: 2 } });
  });

  it('make an approver by any that matches', () => {
    const rules = [rule('a', 'viewer'), rule('b', 'viewer', { approver: true })];
    expect(applyRules(rules, inGroups('a', 'b'))).toMatchObject({
      approver: true,
      approverRule: { position: 2 },
    });
    expect(applyRules(rules, inGroups('a'))).toMatchObject({ approver: false, approverRule: null });
  });

  it.each([
    ['Admins', 'admins'],
    ['admins', ' admins'],
    ['admins', 'admins2'],
    ['a.b', 'b'],
    ['*', 'admins'],
    ['b12a1b4c-0000-4000-8000-00000000000a', 'B12A1B4C-0000-4000-8000-00000000000A'],
  ])('about the group %p do not match %p', (value, group) => {
    expect(applyRules([rule(value, 'admin')], inGroups(group))).toBeUndefined();
  });

  it('look at the connection they name only', () => {
    const only = [rule('a', 'admin', { connectionId: ENTRA })];
    expect(applyRules(only, inGroups('a'))).toBeUndefined();
    const both = facts({
      idpGroups: [
        { connectionId: OKTA, groups: ['a'] },
        { connectionId: ENTRA, groups: ['a'] },
      ],
    });
    expect(applyRules(only, both)).toMatchObject({ rule: { connectionId: ENTRA } });
  });

  it('do not take a group of one source for one of another', () => {
    const scim = [rule('a', 'admin', { source: 'scim_group' })];
    expect(applyRules(scim, inGroups('a'))).toBeUndefined();
    expect(applyRules(scim, facts({ scimGroups: ['a'] }))).toMatchObject({ role: 'admin' });
    expect(applyRules([rule('a', 'admin')], facts({ scimGroups: ['a'], department: 'a' }))).toBeUndefined();
  });

  it('compare departments as people write them', () => {
    const rules = [rule(' R&D ', 'editor', { source: 'department' })];
    expect(applyRules(rules, facts({ department: 'r&d' }))).toMatchObject({ role: 'editor' });
    expect(applyRules(rules, facts({ department: 'r & d' }))).toBeUndefined();
  });
});
