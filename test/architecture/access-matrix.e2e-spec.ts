import { RequestMethod } from '@nestjs/common';
import { FRESH, LOOKS, PERMISSION, PERSON, PUBLIC, SCIM, SCOPE } from '../../src/access/declarations';
import {
  API_KEY_SCOPES,
  type Permission,
  permissionsOf,
  type Role,
  ROLES,
} from '../../src/access/permissions';
import { type DeclaredRoute, RouteDeclarations } from '../../src/access/route-declarations';
import { RefusalFilter } from '../../src/audit/refusal.filter';
import { AccessTokenService } from '../../src/auth/tokens/access-token.service';
import { Problem } from '../../src/http/problems';
import { RateLimitGuard } from '../../src/rate-limits/rate-limit.guard';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { issueScimToken } from '../support/scim-client';

/** A request as somebody might send it, and what the declaration of a route says about them. */
interface Caller {
  readonly name: string;
  readonly headers: Record<string, string>;
  expects(route: Route): Answer;
}

type Answer = 'through' | 401 | 403;

/** What a route declares, read as people read it. */
interface Route {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly url: string;
  readonly isPublic: boolean;
  readonly anyPerson: boolean;
  readonly permission: Permission | undefined;
  readonly scope: Permission | true | undefined;
  readonly scim: readonly string[] | undefined;
  readonly looks: boolean;
  readonly fresh: boolean;
}

/**
 * Every route times everybody who might call it: the real guard with real credentials, on the way to a handler that is
 * never reached, because whatever gets past the guard is answered 418 there.
 */
describe('Every route, and everybody who might call it', () => {
  const THROUGH = 418;
  let app: TestApp;
  let workspace: TestWorkspace;
  let routes: Route[];

  beforeAll(async () => {
    app = await startApp();
    workspace = await app.workspace();
    routes = app.app.get(RouteDeclarations, { strict: false }).routes().flatMap(asRoutes);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await app?.close();
  });

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const person = (name: string, token: string, role: Role, approver: boolean, isFresh = true): Caller => ({
    name,
    headers: bearer(token),
    expects: ({ isPublic, anyPerson, permission, fresh }) => {
      if (isPublic) return 'through';
      const may = anyPerson || (permission !== undefined && permissionsOf(role, approver).has(permission));
      return !may ? 403 : fresh && !isFresh ? 401 : 'through';
    },
  });
  const nobody = (name: string, headers: Record<string, string>): Caller => ({
    name,
    headers,
    expects: ({ isPublic }) => (isPublic ? 'through' : 401),
  });
  const key = (name: string, text: string, scopes: readonly Permission[]): Caller => ({
    name,
    headers: { 'x-api-key': text },
    expects: ({ isPublic, scope }) =>
      isPublic || scope === true || (scope && scopes.includes(scope)) ? 'through' : 403,
  });
  const directory = (name: string, token: string, scopes: readonly string[]): Caller => ({
    name,
    headers: bearer(token),
    expects: ({ isPublic, scim, method, looks }) => {
      if (isPublic) return 'through';
      const enough = scim && (method === 'GET' || looks ? [...scim, 'read'] : scim);
      return enough && (scim.length === 0 || scopes.some((scope) => enough.includes(scope)))
        ? 'through'
        : 403;
    },
  });

  const admin = () => app.http(workspace.admin.accessToken);
  const makeKey = async (scopes: readonly Permission[]) =>
    (await admin().post('/v1/api-keys').send({ name: 'matrix', scopes }).expect(201)).body as {
      id: string;
      key: string;
    };
  const sessionOf = ({ accessToken }: TestPerson) =>
    (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;

  async function people(): Promise<Caller[]> {
    const kinds = ROLES.flatMap((role) => [false, true].map((approver) => ({ role, approver })));
    return Promise.all(
      kinds.map(async ({ role, approver }) => {
        const { accessToken } = await app.member(workspace, role, { approver });
        return person(`${role}${approver ? ' who approves' : ''}`, accessToken, role, approver);
      }),
    );
  }

  /** Admins all, but for what happened to them. */
  async function thoseWhoWereIn(): Promise<Caller[]> {
    const [removed, suspended, out, idle, old, stale] = await Promise.all(
      Array.from({ length: 6 }, () => app.member(workspace, 'admin')),
    );
    await admin().delete(`/v1/members/${removed!.memberId}`).expect(204);
    const { token } = await issueScimToken(app, workspace.admin);
    await app
      .http(token)
      .patch(`/scim/v2/Users/${suspended!.memberId}`)
      .send({ Operations: [{ op: 'replace', path: 'active', value: false }] })
      .expect(200);
    await app.http(out!.accessToken).post('/v1/auth/logout').expect(204);
    await app.sql(
      `update sessions set last_used_at = now() - interval '60 days', expires_at = now() + interval '1 day' where id = $1`,
      [sessionOf(idle!)],
    );
    await app.sql(`update sessions set expires_at = now() - interval '1 second' where id = $1`, [
      sessionOf(old!),
    ]);
    await app.sql(`update sessions set authenticated_at = now() - interval '23 hours' where id = $1`, [
      sessionOf(stale!),
    ]);
    const expired = app.app.get(AccessTokenService, { strict: false }).issue(
      {
        ...{
          workspaceId: workspace.id,
          sessionId: sessionOf(workspace.admin),
          userId: workspace.admin.userId,
        },
        ...{ authenticatedAt: new Date(), amr: ['pwd'] },
      },
      -1,
    );
    return [
      nobody('a removed member', bearer(removed!.accessToken)),
      nobody('a member whom the directory suspended', bearer(suspended!.accessToken)),
      nobody('somebody who signed out', bearer(out!.accessToken)),
      nobody('a session unused for too long', bearer(idle!.accessToken)),
      nobody('a session past its end', bearer(old!.accessToken)),
      nobody('an expired access token', bearer(expired)),
      person('an admin who signed in long ago', stale!.accessToken, 'admin', false, false),
    ];
  }

  async function programs(): Promise<Caller[]> {
    const [all, revoked, expired] = [
      await makeKey(API_KEY_SCOPES),
      await makeKey(API_KEY_SCOPES),
      await makeKey(API_KEY_SCOPES),
    ];
    await admin().delete(`/v1/api-keys/${revoked.id}`).expect(204);
    await app.sql(`update api_keys set expires_at = now() - interval '1 second' where id = $1`, [expired.id]);
    const used = [...new Set(routes.map(({ scope }) => scope))].filter((scope) => typeof scope === 'string');
    const exact: Caller[] = [];
    for (const scope of used) {
      const others = API_KEY_SCOPES.filter((other) => other !== scope);
      exact.push(key(`a key with ${scope} only`, (await makeKey([scope])).key, [scope]));
      exact.push(key(`a key with all but ${scope}`, (await makeKey(others)).key, others));
    }
    return [
      key('a key with every scope', all.key, API_KEY_SCOPES),
      ...exact,
      nobody('a revoked key', { 'x-api-key': revoked.key }),
      nobody('an expired key', { 'x-api-key': expired.key }),
      nobody('a key where an access token belongs', bearer(all.key)),
    ];
  }

  async function directories(): Promise<Caller[]> {
    const scopes = [['read'], ['users'], ['groups'], ['read', 'users', 'groups']];
    const made = await Promise.all(
      scopes.map(async (some) => {
        const { token } = await issueScimToken(app, workspace.admin, { name: 'matrix', scopes: some });
        return directory(`a SCIM token with ${some.join(', ')}`, token, some);
      }),
    );
    const { id, token } = await issueScimToken(app, workspace.admin);
    await admin().delete(`/v1/scim/tokens/${id}`).expect(204);
    return [
      ...made,
      nobody('a revoked SCIM token', bearer(token)),
      nobody('a SCIM token where a key belongs', { 'x-api-key': token }),
    ];
  }

  it('agree on who gets past the guard', async () => {
    const callers = [
      nobody('nobody', {}),
      nobody('a text that is no token', bearer('eyJhbGciOiJub25lIn0.e30.')),
      nobody('a refresh token', bearer(workspace.admin.refreshToken)),
      ...(await people()),
      ...(await thoseWhoWereIn()),
      ...(await programs()),
      ...(await directories()),
    ];
    expect(routes.length).toBeGreaterThan(120);
    const canActivate = RateLimitGuard.prototype.canActivate;
    jest.spyOn(RateLimitGuard.prototype, 'canActivate').mockImplementation(async function (
      this: RateLimitGuard,
      context,
    ) {
      if (!(await canActivate.call(this, context))) return false;
      throw new Problem(THROUGH, 'through', 'The guard let it pass.');
    });
    // That refusals are recorded has its own tests; thousands of them need not be.
    jest.spyOn(RefusalFilter.prototype as never, 'onRecord').mockResolvedValue(undefined as never);

    const differing: string[] = [];
    const fastify = app.app.getHttpAdapter().getInstance();
    for (const caller of callers) {
      const answers = await Promise.all(
        routes.map(
          async ({ method, url }) =>
            (await fastify.inject({ method, url, headers: caller.headers })).statusCode,
        ),
      );
      routes.forEach((route, index) => {
        const [expected, answered] = [caller.expects(route), answers[index]];
        if (answered !== (expected === 'through' ? THROUGH : expected)) {
          differing.push(`${caller.name}: ${route.name} expects ${expected}, is ${answered}`);
        }
      });
    }
    expect(differing).toEqual([]);
  });
});

const VERBS: Partial<Record<RequestMethod, Route['method'][]>> = {
  [RequestMethod.GET]: ['GET'],
  [RequestMethod.POST]: ['POST'],
  [RequestMethod.PUT]: ['PUT'],
  [RequestMethod.DELETE]: ['DELETE'],
  [RequestMethod.PATCH]: ['PATCH'],
  [RequestMethod.ALL]: ['GET', 'POST'],
};

function asRoutes({ handler, controller, method }: DeclaredRoute): Route[] {
  const read = <T>(name: string): T | undefined =>
    (Reflect.getMetadata(name, handler) ?? Reflect.getMetadata(name, controller)) as T | undefined;
  const parts = [controller, handler].map((target) => {
    const path = Reflect.getMetadata('path', target) as string | string[];
    return Array.isArray(path) ? path[0]! : path;
  });
  const path = `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;
  const url = path.replaceAll(/:\w+/g, '019a0000-0000-7000-8000-000000000000').replaceAll('*', 'x');
  return VERBS[method]!.map((verb) => ({
    name: `${verb} ${path}`,
    method: verb,
    url,
    isPublic: read<boolean>(PUBLIC) ?? false,
    anyPerson: read<boolean>(PERSON) ?? false,
    permission: read<Permission>(PERMISSION),
    scope: read<Permission | true>(SCOPE),
    scim: read<string[]>(SCIM),
    looks: read<boolean>(LOOKS) ?? false,
    fresh: read<boolean>(FRESH) ?? false,
  }));
}
