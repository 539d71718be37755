import { groupsToKeep } from './known-groups';

describe('Groups as they are kept', () => {
  it('tell nothing said from none', () => {
    expect(groupsToKeep(undefined)).toBeUndefined();
    expect(groupsToKeep([])).toEqual([]);
  });

  it('are the same in whatever order and however often they come', () => {
    expect(groupsToKeep(['b', 'a', 'b'])).toEqual(groupsToKeep(['a', 'b']));
  });

  it('leave out what cannot be kept, and are not more than any directory has', () => {
    expect(groupsToKeep(['a', '', 'b\u0000', 'x'.repeat(513)])).toEqual(['a']);
    expect(groupsToKeep(Array.from({ length: 5000 }, (_, index) => `g${index}`))).toHaveLength(2000);
  });
});
