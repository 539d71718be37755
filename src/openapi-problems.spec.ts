import { withProblems } from './openapi-problems';

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
    return withProblems(document).paths[path]![method]!.responses as never;
  };

  it('says how each call may be refused, by what it takes and who may call it', () => {
    const guarded = { security: [{ bearer: [] }] };
    expect(Object.keys(answersOf('/v1/members/{id}', guarded))).toEqual(['200', '401', '403', '404', '429']);
    expect(Object.keys(answersOf('/v1/auth/login', { requestBody: {} }))).toEqual(['200', '400', '429']);
    const change = Object.keys(answersOf('/v1/members/{id}', guarded, 'post'));
    expect(change).toEqual(['200', '401', '403', '404', '409', '429']);
    const query = { ...guarded, parameters: [{ in: 'query', name: 'limit' }] };
    expect(Object.keys(answersOf('/v1/members', query))).toEqual(['200', '400', '401', '403', '429']);
  });

  it('keeps what a route says itself, and gives it the shape of a problem', () => {
    const responses = { '403': { description: '`sso_required`' }, '409': { description: '`last_admin`' } };
    const answers = answersOf('/v1/x', { security: [{ bearer: [] }], responses });
    expect(answers['403']!.description).toBe('`sso_required`');
    for (const status of ['401', '403', '409', '429'])
      expect(answers[status]!.content).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
  });

  it('says nothing of what answers errors in another way', () => {
    expect(Object.keys(answersOf('/scim/v2/Users', { security: [{ scimToken: [] }] }))).toEqual(['200']);
  });
});
