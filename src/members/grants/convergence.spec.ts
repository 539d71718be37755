import type { MemberAccess, StoredGrant } from './access-store.service';
import { changesOf, converge } from './convergence';

const AUTHOR = 'a0000000-0000-7000-8000-000000000000';

const byRule = (role: StoredGrant['role'], authorRole: StoredGrant['authorRole']): StoredGrant => ({
  ...{ id: 'b0000000-0000-7000-8000-000000000000', kind: 'rule', origin: 'rules', role, approver: false },
  ...{ rule: null, approverRule: null, authorId: AUTHOR, authorRole, authorRemoved: false },
  ...{ authorEmail: null, createdAt: '2026-11-27T00:00:00.000Z' },
});

const member = (id: string, role: MemberAccess['role'], grants: readonly StoredGrant[]): MemberAccess => ({
  ...{ id, userId: id, email: `${id}@acme.test`, role, approver: false, removed: false, source: 'jit' },
  ...{ facts: { idpGroups: [], scimGroups: [], department: null }, grants },
});

describe('What grants come to when others move as well', () => {
  const ada = member('ada', 'admin', [byRule('admin', 'admin')]);

  it('is what is stored, where nobody moves', () => {
    expect(changesOf(converge([ada]))).toEqual([]);
  });

  it('follows the role that the author of a rule is about to hold, though theirs stays for now', () => {
    const [change] = changesOf(converge([ada], new Map([[AUTHOR, 'editor']])));
    expect(change!.effective).toMatchObject({ role: 'editor' });
  });

  it('goes on until nobody moves, along those whose roles rest on each other', () => {
    const author = member(AUTHOR, 'admin', []);
    const eve = member('eve', 'admin', [{ ...byRule('admin', 'admin'), authorId: 'ada' }]);
    const come = (...members: MemberAccess[]) =>
      changesOf(converge(members)).map(({ member: { id }, effective: { role } }) => [id, role]);
    expect(come(author, ada)).toEqual([
      [AUTHOR, 'viewer'],
      ['ada', 'viewer'],
    ]);
    expect(come(eve, ada, author)).toEqual([
      ['eve', 'viewer'],
      ['ada', 'viewer'],
      [AUTHOR, 'viewer'],
    ]);
  });
});
