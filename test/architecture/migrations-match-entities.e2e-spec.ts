import { DataSource } from 'typeorm';
import { commonOptions } from '../../src/database/data-source';
import { ENTITIES } from '../../src/entities';
import { startApp, type TestApp } from '../support/app';

/**
 * Migrations are written by hand and say more than entities: constraints, indexes, and columns that only the
 * database itself fills and compares. These may be there although no entity knows them; anything else that TypeORM
 * would change means that code and tables disagree.
 */
const KNOWN_TO_MIGRATIONS_ONLY = [
  /^ALTER TABLE "\w+" DROP CONSTRAINT "\w+(__\w+|_fkey)"$/,
  /^DROP INDEX "public"\."\w+__\w+"$/,
  /^ALTER TABLE "audit_events" DROP COLUMN "xid"$/,
  // The workspace comes first in the key, so that one index serves for pages, too.
  /^ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events__key" PRIMARY KEY \("id"\)$/,
  /^ALTER TABLE "members" DROP COLUMN "user_name_key"$/,
];

describe('Entities and migrations', () => {
  let service: TestApp;
  let dataSource: DataSource;

  beforeAll(async () => {
    service = await startApp();
    dataSource = await new DataSource({
      ...commonOptions(service.databaseUrl),
      entities: ENTITIES as never,
    }).initialize();
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await service?.close();
  });

  const proposals = async (): Promise<string[]> => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries
      .map(({ query }) => query)
      .filter((statement) => !KNOWN_TO_MIGRATIONS_ONLY.some((shape) => shape.test(statement)));
  };

  it('agree on every table and column', async () => {
    expect(await proposals()).toEqual([]);
  });

  it.each([
    ['a missing column', 'alter table members drop column department', /ADD "department"/],
    ['another type', 'alter table members alter column department type varchar(10)', /"department"/],
    ['a missing NOT NULL', 'alter table members alter column email drop not null', /"email" SET NOT NULL/],
    ['another default', `alter table members alter column role set default 'admin'`, /"role" SET DEFAULT/],
    ['a column nobody reads', 'alter table members add column nickname text', /DROP COLUMN "nickname"/],
  ])('are told apart by %s', async (_, change, proposal) => {
    const runner = dataSource.createQueryRunner();
    const [before] = await service.sql<{ ddl: string }>(DEPARTMENT);
    await runner.query(change);
    try {
      expect((await proposals()).join('\n')).toMatch(proposal);
    } finally {
      for (const statement of UNDO) await runner.query(statement);
      await runner.release();
    }
    expect(await service.sql(DEPARTMENT)).toEqual([before]);
  });
});

const DEPARTMENT = `
  select string_agg(format('%s %s %s %s', attname, atttypid::regtype, atttypmod, attnotnull), ', ' order by attname) as ddl
    from pg_attribute where attrelid = 'members'::regclass and attnum > 0 and not attisdropped`;

const UNDO = [
  'alter table members add column if not exists department text',
  'alter table members alter column department type text',
  'alter table members alter column email set not null',
  `alter table members alter column role set default 'viewer'`,
  'alter table members drop column if exists nickname',
];
