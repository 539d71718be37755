import { effectiveAccess, type Grant } from './effective-access';

const grant = (origin: Grant['origin'], role: Grant['role'], more: Partial<Grant> = {}): Grant => ({
  kind: origin === 'rules' ? 'rule' : ['sign_in', 'directory'].includes(origin) ? 'default' : 'manual',
  origin,
  role,
  approver: false,
  rule: null,
  approverRule: null,
  authorId: null,
  authorRole: origin === 'rules' ? 'admin' : null,
  authorRemoved: false,
  ...more,
});

describe('Grants together', () => {
  it.each<[string, Grant[], string]>([
    ['nothing', [], 'viewer'],
    ['the role of newcomers', [grant('sign_in', 'editor')], 'editor'],
    ['a rule, though newcomers get more', [grant('sign_in', 'editor'), grant('rules', 'viewer')], 'viewer'],
    ['the highest of what was given', [grant('invitation', 'editor'), grant('rules', 'admin')], 'admin'],
    [
      'what was given by hand, though a rule gives less',
      [grant('founding', 'admin'), grant('rules', 'viewer')],
      'admin',
    ],
    [
      'a change by hand over everything',
      [grant('founding', 'admin'), grant('rules', 'admin'), grant('override', 'viewer')],
      'viewer',
    ],
    [
      'a rule, when the change by hand says nothing of the role',
      [grant('rules', 'editor'), grant('override', null)],
      'editor',
    ],
    [
      'no more of a rule than its author holds',
      [grant('rules', 'admin', { authorRole: 'editor' })],
      'editor',
    ],
    [
      'no more than viewer of the rule of somebody who left',
      [grant('rules', 'admin', { authorRemoved: true })],
      'viewer',
    ],
  ])('come to %s', (_, grants, role) => {
    expect(effectiveAccess(grants).role).toBe(role);
    expect(effectiveAccess([...grants].reverse()).role).toBe(role);
  });

  it('make an approver by any of them, unless a change by hand says otherwise', () => {
    const approving = grant('rules', 'viewer', { approver: true });
    expect(effectiveAccess([grant('founding', 'admin'), approving])).toMatchObject({
      role: 'admin',
      approver: true,
      approverBy: approving,
    });
    expect(effectiveAccess([approving, grant('override', null, { approver: false })]).approver).toBe(false);
    expect(effectiveAccess([approving, grant('override', 'editor', { approver: null })]).approver).toBe(true);
    expect(effectiveAccess([{ ...approving, authorRemoved: true }]).approver).toBe(false);
  });

  it('make no approver by the rule of somebody who is no admin any more', () => {
    const approving = grant('rules', 'viewer', { approver: true, authorRole: 'editor' });
    expect(effectiveAccess([approving])).toMatchObject({ approver: false, approverBy: undefined });
    expect(effectiveAccess([approving, grant('invitation', 'viewer', { approver: true })]).approver).toBe(
      true,
    );
  });
});
