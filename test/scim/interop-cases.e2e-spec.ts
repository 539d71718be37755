import { startApp, type TestApp } from '../support/app';
import { scimWorkspace } from '../support/scim-client';
import { groupCases } from './interop/group-cases';
import { InteropStage } from './interop/interop-case';
import { protocolCases } from './interop/protocol-cases';
import { spellingCases } from './interop/spelling-cases';

const CASES = [...spellingCases, ...groupCases, ...protocolCases].sort(
  (one, other) => one.number - other.number,
);
const [FIRST, LAST] = [27, 62];

/** Everything that connectors were seen to do differently from the RFC, or from each other. */
describe('SCIM as connectors speak it', () => {
  let app: TestApp;
  let stage: InteropStage;

  beforeAll(async () => {
    app = await startApp();
    stage = new InteropStage(app, await scimWorkspace(app));
  });
  afterAll(() => app.close());

  it('is known in every case, each once', () => {
    expect(CASES.map(({ number }) => number)).toEqual(
      Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index),
    );
  });

  it.each(CASES.map((one) => [one.number, one.sentence, one] as const))(
    '%i: %s',
    async (_number, _sentence, { run }) => run(stage),
  );
});
