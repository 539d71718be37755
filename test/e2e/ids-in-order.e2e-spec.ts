import { ID_IN_ORDER } from '../../migrations/0084-ids-in-order';
import { timeOfUuidV7 } from '../../src/crypto/uuid-v7';
import { startApp, type TestApp } from '../support/app';

describe('Ids that the database gives', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
    await app.sql(
      `create function id_before_18() returns uuid language sql volatile as $$ ${ID_IN_ORDER} $$`,
    );
  });
  afterAll(() => app?.close());

  it.each(['new_id', 'id_before_18'])(
    'by %s come in the order in which they were asked for',
    async (name) => {
      const began = Date.now();
      const rows = await app.sql<{ id: string }>(`select ${name}() as id from generate_series(1, 5000)`);
      const ids = rows.map(({ id }) => id);
      expect(ids.every((id, at) => at === 0 || ids[at - 1]! < id)).toBe(true);
      for (const id of [ids[0]!, ids.at(-1)!]) {
        expect(timeOfUuidV7(id)).toBeGreaterThan(began - 60_000);
        expect(timeOfUuidV7(id)).toBeLessThan(Date.now() + 60_000);
      }
    },
  );
});
