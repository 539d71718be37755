import { refusal } from '../../../test/support/scim-patch';
import type { Filter } from '../protocol/filter';
import { membersSelectedBy } from './group-attributes';
import { type MemberStep, readGroupPatch } from './group-patch';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => `019a0000-0000-7000-8000-00000000000${letter}`) as [
  string,
  string,
  string,
];
const read = (...Operations: object[]) => readGroupPatch({ Operations });
const named = (step: MemberStep | undefined) =>
  step?.kind === 'named'
    ? { emptied: step.emptied, come: [...step.come], go: [...step.go] }
    : step && { filters: step.filters };
const compares = (literal: string): unknown =>
  expect.objectContaining({ kind: 'compare', operator: 'eq', literal });
const stepsOf = (...operations: object[]) => read(...operations).steps.map(named);

describe('A PATCH of a group, read into rows that come and go', () => {
  it('makes one step of operations that name people, and the last word about each counts', () => {
    expect(
      stepsOf(
        { op: 'add', path: 'members', value: [{ value: A }, { value: B }] },
        { op: 'remove', path: `members[value eq "${A}"]` },
        { op: 'Remove', path: 'members', value: [{ $ref: null, value: C }] },
        { op: 'add', path: 'members', value: C },
      ),
    ).toEqual([{ emptied: false, come: [B, C], go: [A] }]);
  });

  it('forgets what was said before everybody goes', () => {
    expect(
      stepsOf(
        { op: 'remove', path: `members[value eq "${A}"]` },
        { op: 'replace', path: 'members', value: [B] },
        { op: 'add', path: 'members', value: [C] },
      ),
    ).toEqual([{ emptied: true, come: [B, C], go: [] }]);
    expect(stepsOf({ op: 'remove', path: 'members' })).toEqual([{ emptied: true, come: [], go: [] }]);
    expect(stepsOf({ op: 'replace', path: 'members', value: null })).toEqual([
      { emptied: true, come: [], go: [] },
    ]);
  });

  it('keeps a filter that says more than ids as a step of its own, in its place', () => {
    const steps = stepsOf(
      { op: 'add', path: 'members', value: [A] },
      { op: 'remove', path: 'members[type eq "Group"]' },
      { op: 'add', path: 'members', value: [B] },
    );
    expect(steps).toEqual([
      { emptied: false, come: [A], go: [] },
      { filters: [compares('Group')] },
      { emptied: false, come: [B], go: [] },
    ]);
  });

  it('makes one step of such filters, too, so that the members are read once for all of them', () => {
    const steps = stepsOf(
      { op: 'remove', path: 'members[type eq "Group"]' },
      { op: 'remove', path: 'members[display eq "Ada"]' },
      { op: 'remove', path: 'members[display eq "Bob"]' },
    );
    expect(steps).toEqual([{ filters: [compares('Group'), compares('Ada'), compares('Bob')] }]);
  });

  it('refuses filters that say too much of too many members', () => {
    const members = Array.from({ length: 100_000 }, (_, index) => {
      return { value: `${index}`, type: 'User', display: `User ${index}` } as const;
    });
    const named = (display: string): Filter => {
      return { kind: 'compare', name: { attribute: 'display' }, operator: 'eq', literal: display };
    };
    const oneOf = (count: number): Filter => {
      return { kind: 'or', terms: Array.from({ length: count }, (_, index) => named(`user ${index}`)) };
    };
    expect(membersSelectedBy(oneOf(10), members)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(refusal(() => membersSelectedBy(oneOf(11), members))).toEqual({
      status: 400,
      scimType: 'tooMany',
    });
  });

  it('takes members out of a value that names other attributes, too, and leaves the rest to the others', () => {
    expect(read({ op: 'replace', value: { displayName: 'x', Members: [A] } })).toEqual({
      attributes: { Operations: [{ op: 'replace', value: { displayName: 'x' } }] },
      steps: [{ kind: 'named', emptied: true, come: new Set([A]), go: new Set(), kinds: new Map() }],
    });
    expect(read({ op: 'add', value: { members: [] } }).attributes).toBeUndefined();
    expect(read({ op: 'replace', path: 'displayName', value: 'x' }).steps).toEqual([]);
  });

  it('lets ids go that nobody here could have, and lets none of them come', () => {
    expect(stepsOf({ op: 'remove', path: 'members[value eq "u1"]' })).toEqual([
      { emptied: false, come: [], go: [] },
    ]);
    expect(() => read({ op: 'add', path: 'members', value: ['u1'] })).toThrow('"u1"');
  });

  it('takes ids in whatever case', () => {
    expect(stepsOf({ op: 'add', path: 'members', value: [A.toUpperCase(), A] })).toEqual([
      { emptied: false, come: [A], go: [] },
    ]);
  });
});
