import { DataSource, type DataSourceOptions, type EntityTarget } from 'typeorm';
import { AttentiveClient } from './attentive-client';
import { SnakeCaseNaming } from './naming-strategy';
import { connectingWith } from './session-settings';

/** The database role of the service. It owns no table and is no superuser, so row-level security applies to it. */
export const APP_ROLE = 'gatehouse_app';

/**
 * Planner settings. Nearly every statement of the service finds a few rows by an index, and connections keep the plans
 * of prepared statements. PostgreSQL would choose a sequential scan while a table is small and keep that plan while
 * the table grows; a high seq_page_cost prevents this. JIT compilation costs more than it saves for such statements.
 */
const PLANNING = { seq_page_cost: '10', random_page_cost: '1.1', jit: 'off' };

/** The connection pool of the service. `url` is a postgres:// URL whose user may SET ROLE to {@link APP_ROLE}. */
export function appDataSource(url: string, poolSize: number, entities: EntityTarget<unknown>[]): DataSource {
  // As connection options, so that RESET ROLE returns to APP_ROLE too.
  const { options, url: address } = connectingWith(url, { role: APP_ROLE, ...PLANNING });
  return new DataSource({
    ...commonOptions(address),
    entities: entities as never,
    poolSize,
    applicationName: 'gatehouse',
    extra: {
      options,
      statement_timeout: 5_000,
      lock_timeout: 3_000,
      idle_in_transaction_session_timeout: 10_000,
      // Sends statements without waiting for earlier answers: see StatementPipeline.
      pipeline: true,
      // Long, because a connection that is reused has its statements prepared already.
      idleTimeoutMillis: 300_000,
      // After this the request fails with NoConnection, instead of lengthening the queue.
      connectionTimeoutMillis: 5_000,
      // Detects a lost server on idle connections; AttentiveClient detects it on busy ones.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      Client: AttentiveClient,
    },
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
  } as DataSourceOptions);
}

/** Connection options that the service and the migrations share. */
export function commonOptions(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    namingStrategy: new SnakeCaseNaming(),
    synchronize: false,
    installExtensions: false,
  };
}
