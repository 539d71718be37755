import { Controller, Get, Module, type PipeTransform, Post, Res } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Public, SignedIn } from '../../src/access/declarations';
import { RouteDeclarations } from '../../src/access/route-declarations';
import { AppModule } from '../../src/app.module';
import { Audited } from '../../src/audit/audited';
import { httpAdapter } from '../../src/configure-app';
import { NotFound } from '../../src/http/problems';
import { startApp, type TestApp } from '../support/app';

@Controller('v1/forgotten')
class ForgottenController {
  @Get()
  open(): void {}
}

@Controller('v1/silent')
class SilentController {
  @Post()
  @Public()
  unaudited(): void {}
}

@Controller('v1/rash')
class RashController {
  @Post()
  @SignedIn()
  @Audited('auth.logged_out')
  answered(@Res() reply: { send(body: string): void }): void {
    reply.send('Done, unless the database says no.');
  }
}

@Module({ controllers: [ForgottenController] })
class ForgottenModule {}

@Module({ controllers: [SilentController] })
class SilentModule {}

@Module({ controllers: [RashController] })
class RashModule {}

/** What anybody may call: probes, keys, and the ways in themselves. */
const PUBLIC = [
  /^GET \/(health\/live|health\/ready|metrics|\.well-known\/(jwks\.json|oauth-authorization-server|authzen-configuration))$/,
  /^POST \/v1\/auth\/(login|token|refresh|revoke|discover|mfa\/(options|verify|send|skip|enroll))$/,
  /^POST \/v1\/auth\/(passkey\/(options|login)|password\/(forgot|reset))$/,
  /^POST \/v1\/api-keys\/(check|revoke-leaked|leaks)$/,
  /^POST \/(v1\/invitations\/accept|oauth\/token)$/,
  /^(GET|POST) \/sso\//,
];

/** Parts of a path that are no id, or are asked about only once it is known whether what stands before them is there. */
const NO_IDS = [
  'ConnectionPageController.attempt attemptId',
  'DiscoveryController.resourceType id',
  'DiscoveryController.schema id',
  'ForwardAuthController.verifyRequest permission',
  'LoginAttemptsController.get attemptId',
  'RevisionsController.restore number',
  'RevisionsPagesController.restore number',
  'SecretVersionsController.destroy version',
  'SecretVersionsController.restore version',
  'SetupController.attempt attemptId',
  'SetupController.open link',
];

describe('A route', () => {
  let service: TestApp;
  let routes: string[];

  beforeAll(async () => {
    service = await startApp();
    const { body } = await service.http().get('/docs/openapi.json').expect(200);
    routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  });
  afterAll(() => service?.close());

  const startWith = async (room: new () => object): Promise<void> => {
    const rooms = {
      module: class Extended {},
      imports: [AppModule.with(service.config, service.databaseUrl), room],
    };
    const app = await NestFactory.create<NestFastifyApplication>(rooms, httpAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init().finally(() => app.close());
  };

  it('that does not say who may enter keeps the service from starting', async () => {
    await expect(startWith(ForgottenModule)).rejects.toThrow(/who may enter: ForgottenController\.open/);
  });

  it('that could answer before what it changes is committed keeps the service from starting', async () => {
    await expect(startWith(RashModule)).rejects.toThrow(/before COMMIT: RashController\.answered/);
  });

  it('that changes something and says nothing about audit keeps the service from starting', async () => {
    await expect(startWith(SilentModule)).rejects.toThrow(/about audit: SilentController\.unaudited/);
  });

  it('is closed without a credential unless it is one of the listed ones', async () => {
    expect(routes.length).toBeGreaterThan(40);
    for (const route of routes.filter((name) => !PUBLIC.some((pattern) => pattern.test(name)))) {
      const [method, path] = route.split(' ') as [string, string];
      const answer = await call(method, path, {});
      expect({ route, status: answer.status }).toEqual({ route, status: 401 });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it('is closed to somebody without any right, unless it is for everybody who is signed in', async () => {
    const workspace = await service.workspace();
    const { body } = await service
      .http(workspace.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'powerless', scopes: ['approvals:read'] })
      .expect(201);
    const open: string[] = [];
    for (const route of routes.filter((name) => !PUBLIC.some((pattern) => pattern.test(name)))) {
      const [method, path] = route.split(' ') as [string, string];
      const { status } = await call(method, path, { 'x-api-key': body.key });
      if (status !== 403) open.push(`${route}: ${status}`);
    }
    expect(open.map((route) => route.replace(/: \d+$/, ''))).toEqual(
      expect.arrayContaining(['GET /v1/roles', 'GET /v1/auth/me']),
    );
    for (const route of open) {
      expect(route).toMatch(
        /^(GET|POST) \/(access\/v1\/evaluations?|v1\/(roles|permissions|api-keys\/scopes|auth\/(me|verify|introspect))): \d+$/,
      );
    }
  });

  it('is described with a summary and an answer', async () => {
    const { body } = await service.http().get('/docs/openapi.json').expect(200);
    const paths = Object.entries(body.paths as Record<string, Record<string, Description>>);
    const mute = paths.flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { summary, responses }]) => !summary || Object.keys(responses).length === 0)
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect(mute).toEqual([]);
  });

  it('takes each id of its path as one: what cannot be an id is not found', () => {
    const declared = service.app.get(RouteDeclarations, { strict: false }).routes();
    const taken = declared.flatMap(({ name, controller, property }) =>
      parametersOf(controller, property).map((parameter) => ({ name, ...parameter })),
    );
    expect(taken.length).toBeGreaterThan(100);
    const unchecked = taken.filter(({ pipes }) => !pipes.some(findsNothingOdd));
    expect(unchecked.map(({ name, data }) => `${name} ${data}`).sort()).toEqual(NO_IDS);
  });

  const call = (method: string, path: string, headers: Record<string, string>) => {
    const target = path.replaceAll(/\{\w+\}/g, '019a0000-0000-7000-8000-000000000000');
    const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    return service.http()[verb](target).set(headers);
  };
});

interface Description {
  summary?: string;
  responses: object;
}

interface PathParameter {
  /** What the path calls it. */
  readonly data: string;
  readonly pipes: readonly PipeTransform[];
}

function parametersOf(controller: object, property: string): PathParameter[] {
  const all = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, property) ?? {}) as Record<
    string,
    PathParameter
  >;
  return Object.entries(all)
    .filter(([key]) => key.startsWith(`${RouteParamtypes.PARAM}:`))
    .map(([, parameter]) => parameter);
}

function findsNothingOdd(pipe: PipeTransform): boolean {
  try {
    pipe.transform('x', { type: 'param' });
    return false;
  } catch (refusal) {
    return refusal instanceof NotFound;
  }
}
