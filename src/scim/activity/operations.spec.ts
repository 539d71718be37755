import { connectorOf } from './connector';
import { masked } from './masking';
import { operationsOf, queryOf } from './operations';

describe('What is kept of a request of a directory', () => {
  it('names the connector as far as it says who it is', () => {
    expect(connectorOf('Okta SCIM Client 1.0.0', '')).toBe('Okta');
    expect(connectorOf(undefined, 'aadOptscim062020')).toBe('Entra');
    expect(connectorOf('curl/8', 'filter=a&aadOptscim062020')).toBe('Entra');
    expect(connectorOf('curl/8', 'filter=a')).toBeUndefined();
  });

  it('has no secret, however deep it stands and however the name is written', () => {
    const kept = masked({ a: [{ clientSecret: 'x', 'urn:x:User:Password': 'y', title: 'z' }] });
    expect(kept).toEqual({ a: [{ clientSecret: '***', 'urn:x:User:Password': '***', title: 'z' }] });
    expect(operationsOf('PATCH', '', { operations: [{ op: 'Add', path: 'password', value: 'x' }] })).toEqual([
      { op: 'add', path: 'password', value: '***' },
    ]);
    expect(queryOf('filter=password+eq+%22x%22')).toBe('***');
  });

  it('is small, whatever was sent', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 1_000; level += 1) deep = [deep];
    const wide = Array.from({ length: 10_000 }, () => 'x'.repeat(1_000));
    const Operations = Array.from({ length: 1_000 }, () => ({ op: 'add', value: [deep, wide] }));
    expect(JSON.stringify(operationsOf('PATCH', '', { Operations })).length).toBeLessThan(120_000);
  });

  it('takes bodies that are no SCIM messages as they are', () => {
    for (const body of [undefined, null, 'x', 7, [], { Operations: 'x' }]) {
      expect(operationsOf('PATCH', '', body)).toEqual([]);
      expect(operationsOf('POST', '', body)).toHaveLength(1);
    }
    expect(operationsOf('PATCH', '', { Operations: [null, 'x', { op: 1 }] })).toEqual([
      { op: '?' },
      { op: '?' },
      { op: '?' },
    ]);
    expect(queryOf('filter=%E0%A4%A')).toBe('filter=%E0%A4%A');
  });
});
