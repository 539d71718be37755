import { withCommonProblems } from './common-problems';

describe('The OpenAPI document', () => {
  const answersOf = (
    path: string,
    operation: object,
    method: 'get' | 'post' = 'get',
  ): Record<string, { description: string; content?: object }> => {
    const responses = { '200': { description: 'It worked' } };
    const document = {
      ...{ openapi: '3.1.0', info: { title: 'x', version: '1' } },
      paths: { [path]: { [method]: { responses, ...operation } } },
    };
    return withCommonProblems(document).paths[path]![method]!.responses as never;
  };

  const codesOf = ({ description = '' }: { description?: string } = {}): string[] =>
    [...description.matchAll(/`(\w+)`/g)].map(([, code]) => code!);

  it('says how each call may be refused, by what it takes and who may call it', () => {
    const guarded = { security: [{ bearer: [] }] };
    const always = ['429', 'default'];
    expect(Object.keys(answersOf('/v1/roles', guarded))).toEqual(['200', '400', '401', '403', ...always]);
    expect(Object.keys(answersOf('/v1/members/{id}', guarded))).toContain('404');
    const login = answersOf('/v1/auth/login', { requestBody: {} }, 'post');
    expect(Object.keys(login)).toEqual(['200', '400', '413', '415', ...always]);
    expect(codesOf(login['400'])).toEqual([
      ...['validation_failed', 'errors', 'malformed_json', 'repeated_field', 'nested_too_deeply'],
      'too_many_fields',
    ]);
    const change = Object.keys(answersOf('/v1/members/{id}', guarded, 'post'));
    expect(change).toEqual(['200', '400', '401', '403', '404', '409', '413', '415', ...always]);
    const query = { ...guarded, parameters: [{ in: 'query', name: 'cursor' }] };
    expect(codesOf(answersOf('/v1/members', query)['400'])).toEqual([
      ...['validation_failed', 'errors', 'invalid_cursor', 'two_credentials'],
    ]);
    const demanding = { ...guarded, 'x-requires-fresh-authentication': true, 'x-required-feature': 'scim' };
    const answers = answersOf('/v1/scim/tokens', demanding);
    expect(codesOf(answers['401'])).toContain('reauthentication_required');
    expect(codesOf(answers['403'])).toContain('plan_required');
  });

  it('keeps what a route says itself, adds what it does not say, and gives it the shape of a problem', () => {
    const responses = {
      '403': { description: '`sso_required`' },
      '409': { description: '`last_admin`, `busy`' },
    };
    const answers = answersOf('/v1/x', { security: [{ bearer: [] }], responses }, 'post');
    expect(codesOf(answers['403'])).toEqual([
      'sso_required',
      'forbidden',
      'insufficient_scope',
      'foreign_origin',
      'member_removed',
    ]);
    expect(answers['409']!.description).toBe('`last_admin`, `busy`');
    for (const status of ['401', '403', '409', '429', 'default'])
      expect(answers[status]!.content).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
  });

  it.each([
    ['/scim/v2/Users', ['application/scim+json']],
    ['/oauth/token', ['application/json']],
    ['/v1/auth/revoke', ['application/json']],
    ['/sso/oidc/{id}/events', ['application/json']],
    ['/sso/oidc/{id}/backchannel-logout', ['application/json', 'text/html', 'application/problem+json']],
    ['/sso/saml/{id}/acs', ['text/html', 'application/problem+json']],
  ])('says of %s that it answers errors in another way', (path, types) => {
    const answers = answersOf(path, { responses: { '400': { description: 'Refused' } } });
    expect(Object.keys(answers)).toEqual(['400', 'default']);
    expect(Object.keys(answers['400']!.content!)).toEqual(types);
    expect(Object.keys(answers['default']!.content!)).toEqual(types);
  });

  it('says nothing of probes and public keys', () => {
    expect(Object.keys(answersOf('/health/live', {}))).toEqual(['200']);
  });
});
