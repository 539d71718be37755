import { RequestMethod } from '@nestjs/common';
import { PUBLIC } from '../../src/access/declarations';
import { RouteDeclarations } from '../../src/access/route-declarations';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';

const ORIGIN = 'https://id.acme.test';
const ID = '01900000-0000-7000-8000-000000000000';

interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly isPublic: boolean;
}

/** Behind TLS, as browsers meet the service. What a new page or call forgets shows here. */
describe('In a browser', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let routes: Route[];
  let cookie: string;
  let signedIn: Record<string, unknown>;

  beforeAll(async () => {
    app = await startApp({ PUBLIC_URL: ORIGIN });
    acme = await app.workspace();
    routes = app.app
      .get(RouteDeclarations, { strict: false })
      .routes()
      .flatMap(({ method, handler, controller }) =>
        pathsOf(controller, handler).map((path) => ({
          method: RequestMethod[method].toLowerCase() as Route['method'],
          path,
          isPublic: [handler, controller].some((declared) => Reflect.hasMetadata(PUBLIC, declared)),
        })),
      );
    const form = new URLSearchParams({ email: acme.admin.email, password: PASSWORD });
    const answer = await app
      .http()
      .post('/login/password')
      .type('form')
      .set('origin', ORIGIN)
      .send(form.toString())
      .expect(303);
    signedIn = answer.headers;
    cookie = cookiesOf(signedIn)
      .find((text) => text.startsWith('__Host-gatehouse_session='))!
      .split(';')[0]!;
  });
  afterAll(() => app?.close());

  const pages = async () => {
    const found: { path: string; text: string; headers: Record<string, string> }[] = [];
    for (const { path } of routes.filter(({ method }) => method === 'get')) {
      for (const shown of ['', cookie]) {
        const { text, headers } = await app.http().get(path).set('accept', 'text/html').set('cookie', shown);
        if (String(headers['content-type']).startsWith('text/html')) found.push({ path, text, headers });
      }
    }
    return found;
  };

  it('every page allows no foreign content, no frame, no copy, and no script but our own', async () => {
    const found = await pages();
    expect(new Set(found.map(({ path }) => path)).size).toBeGreaterThan(8);
    for (const { path, text, headers } of found) {
      const policy = headers['content-security-policy']!;
      const at = (claim: unknown) => ({ path, claim });
      for (const needed of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
        expect(at(policy.includes(needed))).toEqual(at(true));
      expect(at(policy)).toEqual(
        at(expect.not.stringMatching(/unsafe|(script|connect)-src (?!'sha256-|'self')|\*|https?:/)),
      );
      expect({ path, ...headers }).toMatchObject({
        path,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': expect.stringMatching(/^(same-origin|no-referrer)$/),
        'strict-transport-security': expect.stringContaining('max-age='),
      });
      expect(at(text)).toEqual(
        at(expect.not.stringMatching(/<script\s+(?!(type="module" )?src="\/(?!\/))\w|\son\w+=|javascript:/i)),
      );
    }
  });

  it('no page, address or body holds a token that a script could read', async () => {
    for (const { path, text } of await pages())
      expect({ path, text }).toEqual({ path, text: expect.not.stringMatching(/eyJ|\bgh[bcr]_/) });
    expect(signedIn.location).toBe(`${ORIGIN}/console`);
    const own = (path: string) => app.http().get(path).set('cookie', cookie);
    for (const path of ['/v1/auth/me', '/v1/auth/sessions', '/v1/auth/reauthenticate'])
      expect((await own(path).expect(200)).text).not.toMatch(/eyJ|\bgh[bcr]_/);
    const raised = await app
      .http()
      .post('/v1/auth/reauthenticate')
      .set('cookie', cookie)
      .set('origin', ORIGIN)
      .send({ password: PASSWORD })
      .expect(200);
    expect(raised.text).not.toMatch(/eyJ|\bgh[bcr]_/);
    cookie = cookiesOf(raised.headers)[0]!.split(';')[0]!;
  });

  it('every cookie is bound to this host, to TLS, and out of reach of scripts', async () => {
    const left = await app
      .http()
      .post('/v1/auth/logout')
      .set('authorization', `Bearer ${acme.admin.accessToken}`);
    const cookies = [...cookiesOf(signedIn), ...cookiesOf(left.headers)];
    for (const { path } of routes.filter(({ method }) => method === 'get')) {
      const { headers } = await app.http().get(path).set('accept', 'text/html').set('cookie', cookie);
      cookies.push(...cookiesOf(headers));
    }
    expect(cookies.length).toBeGreaterThan(2);
    for (const text of cookies)
      expect(text).toMatch(/^__Host-\w+=[^;]*; Path=\/; HttpOnly; Secure; SameSite=(Lax|None); Max-Age=\d+$/);
  });

  it('nothing is changed by the cookie of a session from somebody else’s page', async () => {
    const changing = routes.filter(
      ({ method, isPublic }) => ['post', 'put', 'patch', 'delete'].includes(method) && !isPublic,
    );
    expect(changing.length).toBeGreaterThan(60);
    for (const { method, path } of changing.filter((route) => !route.path.startsWith('/scim/'))) {
      for (const origin of ['https://evil.test', 'null', undefined]) {
        const call = app.http()[method](path).set('cookie', cookie);
        if (origin) void call.set('origin', origin);
        const { status, body, text } = await call;
        const code =
          (body as { code?: string }).code ?? (text.includes('own pages only') ? 'foreign_origin' : text);
        expect({ method, path, origin, status, code }).toEqual({
          ...{ method, path, origin },
          ...{ status: 403, code: 'foreign_origin' },
        });
      }
    }
    await app.http().get('/console').set('cookie', cookie).expect(200);
  });
});

function pathsOf(controller: object, handler: object): string[] {
  const read = (of: object): string[] => [Reflect.getMetadata('path', of) as string | string[]].flat();
  return read(controller).flatMap((prefix) =>
    read(handler).map((path) =>
      `/${[prefix, path]
        .flatMap((part) => part.split('/'))
        .filter((part) => part !== '')
        .join('/')}`
        .replaceAll(/:\w+/g, ID)
        .replaceAll('*', 'x'),
    ),
  );
}

const cookiesOf = (headers: object): string[] =>
  [(headers as { 'set-cookie'?: string | string[] })['set-cookie'] ?? []].flat();
