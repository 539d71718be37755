import { connectorOf } from './connector';
import { masked, toldOf } from './masking';
import { operationsOf, queryOf } from './operations';

const asked = (method: string, body: unknown, path = '/Users') => ({ method, path, query: '', body });

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
    expect(
      operationsOf(asked('PATCH', { operations: [{ op: 'Add', path: 'password', value: 'x' }] })),
    ).toEqual([{ op: 'add', path: 'password', value: '***' }]);
    expect(queryOf('filter=password+eq+%22x%22')).toBe('***');
    // What is not encoded in order hides nothing.
    expect(queryOf('filter=%70assword+eq+%22x%22&count=%')).toBe('***');
  });

  it.each<[string, string, unknown]>([
    [
      'a step of a PATCH in a Bulk request',
      '/Bulk',
      { Operations: [{ method: 'PATCH', data: { Operations: [{ Path: 'password', Value: 'hidden' }] } }] },
    ],
    [
      'a query in a Bulk request',
      '/Bulk',
      { Operations: [{ method: 'GET', path: '/Users?filter=password%20eq%20%22hidden%22' }] },
    ],
    ['a filter without quotes', '/Users/.search', { filter: 'password eq hidden' }],
    ['a filter in the body of a search', '/Users/.search', { filter: 'password eq "hidden"' }],
    [
      'a step whose path stands behind much else',
      '/Bulk',
      {
        Operations: [
          {
            method: 'PATCH',
            data: {
              Operations: [
                {
                  value: 'hidden',
                  ...Object.fromEntries(Array.from({ length: 40 }, (__, n) => [`x${n}`, n])),
                  path: 'password',
                },
              ],
            },
          },
        ],
      },
    ],
    ['JSON inside JSON', '/Users', { roles: '{"password":"hidden"}' }],
  ])('has no secret of %s', (_, path, body) => {
    const kept = JSON.stringify(operationsOf(asked('POST', body, path)));
    expect(kept).toContain('***');
    expect(kept).not.toContain('hidden');
  });

  it('has no secret of the path of a PATCH and of what its refusal repeats', () => {
    const Operations = [{ op: 'add', path: 'password[value eq "hidden"]', value: 'hidden' }];
    expect(operationsOf(asked('PATCH', { Operations }))).toEqual([{ op: 'add', path: '***', value: '***' }]);
    expect(toldOf('There is no attribute "password[value eq "hidden"]".')).toBe('***');
    expect(toldOf('There is no attribute "password".')).toBe('There is no attribute "password".');
  });

  it('reads the fields of a step in whatever case, and calls a search a search', () => {
    const Operations = [{ OP: 'Add', Path: 'title', VALUE: 'x' }];
    expect(operationsOf(asked('PATCH', { Operations }))).toEqual([{ op: 'add', path: 'title', value: 'x' }]);
    expect(operationsOf(asked('POST', { count: 1 }, '/.search'))).toEqual([
      { op: 'search', value: { count: 1 } },
    ]);
  });

  it('is small, whatever was sent', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 1_000; level += 1) deep = [deep];
    const wide = Array.from({ length: 10_000 }, () => 'x'.repeat(1_000));
    const Operations = Array.from({ length: 1_000 }, () => ({ op: 'add', value: [deep, wide] }));
    expect(JSON.stringify(operationsOf(asked('PATCH', { Operations }))).length).toBeLessThan(120_000);
  });

  it('takes bodies that are no SCIM messages as they are', () => {
    for (const body of [undefined, null, 'x', 7, [], { Operations: 'x' }]) {
      expect(operationsOf(asked('PATCH', body))).toEqual([]);
      expect(operationsOf(asked('POST', body))).toHaveLength(1);
    }
    expect(operationsOf(asked('PATCH', { Operations: [null, 'x', { op: 1 }] }))).toEqual([
      { op: '?' },
      { op: '?' },
      { op: '?' },
    ]);
    expect(queryOf('filter=%E0%A4%A')).toBe('filter=%E0%A4%A');
  });
});
