import { RequestMethod } from '@nestjs/common';
import { RouteDeclarations } from '../../src/access/route-declarations';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

/** Whoever looks may be the first who does anything at all in a workspace. */
describe('In a workspace in which nothing has happened yet', () => {
  let service: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
  });
  afterAll(() => service?.close());

  it('everything that can be looked at has an answer', async () => {
    const paths = service.app
      .get(RouteDeclarations)
      .routes()
      .filter(({ method }) => method === RequestMethod.GET)
      .map(({ controller, handler }) =>
        [controller, handler].map((of) => String(Reflect.getMetadata('path', of))).join('/'),
      )
      .map((path) => `/${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'))
      .filter((path) => !/[:*]/.test(path) && !path.startsWith('/scim'));
    expect(paths.length).toBeGreaterThan(50);

    const agent = service.http(workspace.admin.accessToken);
    const failed: string[] = [];
    // The second time the connections know the statements.
    for (const path of [...paths, ...paths]) {
      const { status } = await agent.get(path);
      if (status >= 500) failed.push(`${path}: ${status}`);
    }
    expect(failed).toEqual([]);
  });

  it('its data key is made by whoever asks for it first', async () => {
    const { id, admin } = await service.workspace();
    const { body } = await service.http(admin.accessToken).get('/v1/secrets/data-key').expect(200);
    const keys = await service.sql('select id as "dataKeyId" from data_keys where workspace_id = $1', [id]);
    expect(keys).toEqual([{ dataKeyId: body.dataKeyId }]);
    expect(body.left).toBe(0);
  });
});
