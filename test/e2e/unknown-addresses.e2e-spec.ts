import { startApp, type TestApp } from '../support/app';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('An address where there is nothing', () => {
  let service: TestApp;
  beforeAll(async () => (service = await startApp()));
  afterAll(() => service?.close());

  const ask = (path: string, accept?: string, method: 'get' | 'post' = 'get') => {
    const call = service.http()[method](path);
    return (accept === undefined ? call : call.set('accept', accept)).expect(404);
  };

  it.each(['/nowhere', '/consolation', '/v10/members', '/.well-known/nothing', '/docs/nowhere?q=1'])(
    'shows a browser a page: %s',
    async (path) => {
      const { text, headers } = await ask(path, BROWSER);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(text).toContain('There is nothing here');
      expect(text).toContain('href="/login"');
      const { headers: ofOther } = await ask('/sso/saml/nowhere/login', BROWSER);
      const { 'content-security-policy': policy, 'x-content-type-options': sniffing } = ofOther;
      expect(headers).toMatchObject({
        ...{ 'content-security-policy': policy, 'x-content-type-options': sniffing },
        'cache-control': 'no-store',
      });
    },
  );

  it('does not repeat what was asked for', async () => {
    expect((await ask('/%3Cscript%3Ehush', BROWSER)).text).not.toContain('hush');
  });

  it.each([
    ['no wish at all', undefined],
    ['any type', '*/*'],
    ['JSON', 'application/json'],
    ['JSON rather than HTML', 'text/html;q=0.5, application/json'],
    ['no HTML', 'text/html;q=0, */*'],
    ['HTML for want of something better', 'text/html;q=0.5, */*'],
    ['as much of the one as of the other', 'text/html, application/problem+json'],
    ['nothing that can be read', ';;q=,text/html;q=x'],
  ])('is a problem for programs: %s', async (_, accept) => {
    const { body, headers } = await ask('/nowhere', accept);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('is a problem below /v1, a SCIM error below /scim, and for whoever sends something', async () => {
    for (const path of ['/v1', '/v1/nowhere', '/v1?a'])
      expect((await ask(path, BROWSER)).headers['content-type']).toContain('application/problem+json');
    expect((await ask('/scim/v2/Nowhere', BROWSER)).headers['content-type']).toContain('json');
    expect((await ask('/scim', BROWSER)).headers['content-type']).toContain('json');
    expect((await ask('/nowhere', BROWSER, 'post')).headers['content-type']).toContain('problem+json');
  });
});
