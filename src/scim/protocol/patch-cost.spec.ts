import { patchOf, refusal } from '../../../test/support/scim-patch';
import type { ScimObject } from './scim-value';

const ROLES = Array.from({ length: 200 }, (_, index) => ({ value: `role ${index}` }));
const patched = patchOf((): ScimObject => ({ userName: 'ada@acme.test', roles: structuredClone(ROLES) }));
const times = (count: number, operation: (index: number) => Record<string, unknown>) =>
  Array.from({ length: count }, (_, index) => operation(index));
const filterOf = (terms: number) =>
  Array.from({ length: terms }, (_, index) => `value eq "other ${index}"`).join(' or ');

/** How long this process was at it, whatever else this machine does. */
function secondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}

describe('A PATCH of as many operations as are taken, on as many values', () => {
  it.each<[string, (index: number) => Record<string, unknown>]>([
    ['adds what is there', () => ({ op: 'add', path: 'roles', value: ROLES.map(({ value }) => value) })],
    ['changes a part of every value', (index) => ({ op: 'replace', path: 'roles.type', value: `${index}` })],
    [
      'changes those that a filter selects',
      (index) => ({ op: 'replace', path: 'roles[value sw "role"].type', value: `${index}` }),
    ],
    [
      'makes every value the primary one',
      (index) => ({ op: 'replace', path: 'roles[value pr].primary', value: index % 2 === 0 }),
    ],
  ])('keeps nobody else waiting for long when it %s', (_, operation) => {
    const operations = times(1_000, operation);
    expect(secondsOf(() => patched(...operations))).toBeLessThan(3);
  });

  it('is refused when its filters and lists come to too many comparisons', () => {
    const byFilter = (count: number) =>
      times(count, () => ({ op: 'remove', path: `roles[${filterOf(50)}]` }));
    expect(patched(...byFilter(100)).roles).toHaveLength(200);
    expect(refusal(() => patched(...byFilter(101)))).toEqual({ status: 400, scimType: 'tooMany' });

    const others = ROLES.map(({ value }) => `not ${value}`);
    const byList = (count: number) => times(count, () => ({ op: 'remove', path: 'roles', value: others }));
    expect(patched(...byList(25)).roles).toHaveLength(200);
    expect(refusal(() => patched(...byList(26)))).toEqual({ status: 400, scimType: 'tooMany' });
  });
});
