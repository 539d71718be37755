import { startApp, type TestApp } from '../support/app';
import { scimWorkspace } from '../support/scim-client';
import type { Need } from './conformance/check';
import { CHECKS } from './conformance/checks';
import { missing, offersOf } from './conformance/run';
import { ScimServer } from './conformance/scim-server';

/** The suite that any SCIM server can be measured by, run against ours: everything is offered, nothing is failed. */
describe('SCIM conformance', () => {
  let app: TestApp;
  let server: ScimServer;
  let offers: ReadonlySet<Need>;

  beforeAll(async () => {
    app = await startApp();
    const { scim } = await scimWorkspace(app);
    server = new ScimServer(`${app.baseUrl}/scim/v2`, scim.token);
    offers = await offersOf(server);
  });
  afterAll(() => app.close());

  it('asks more than two hundred questions, each once', () => {
    expect(CHECKS.length).toBeGreaterThan(200);
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
    expect(new Set(CHECKS.map(({ clause, title, sentence }) => `${clause} ${title} ${sentence}`)).size).toBe(
      CHECKS.length,
    );
  });

  describe.each([...new Set(CHECKS.map(({ clause }) => clause))])('%s', (clause) => {
    it.each(
      CHECKS.filter((check) => check.clause === clause).map(
        (check) => [check.id, `${check.title}: ${check.sentence}`, check] as const,
      ),
    )('%s %s', async (_id, _sentence, check) => {
      expect(missing(check, offers)).toEqual([]);
      await check.run(server);
    });
  });

  it('leaves nothing behind', async () => {
    await server.cleanUp();
    const { body } = await server.get(`/Users?filter=${encodeURIComponent(`userName co "${server.tag}"`)}`);
    expect(body).toMatchObject({ totalResults: 0 });
  });
});
