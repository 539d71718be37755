import { DataSource, type DataSourceOptions, type EntityTarget } from 'typeorm';
import { AttentiveClient } from './attentive-client';
import { SnakeCaseNaming } from './naming-strategy';
import { connectingWith } from './session-settings';

/** The role the service works as: neither owner of a table nor superuser, so row-level security binds it. */
export const APP_ROLE = 'gatehouse_app';

/**
 * How PostgreSQL plans for the service. Nearly everything it asks is about a few rows that an index finds, and it keeps
 * its plans: one that was made while a table was small, to read the whole of it, would be kept while it grows. So
 * reading through a table counts as dear, however small that is. Compiling such a plan never pays.
 */
const PLANNING = { seq_page_cost: '10', random_page_cost: '1.1', jit: 'off' };

/** The pool of the running service. Takes a postgres:// URL whose user may become {@link APP_ROLE}. */
export function appDataSource(url: string, poolSize: number, entities: EntityTarget<unknown>[]): DataSource {
  // Given at connect, so that even RESET ROLE comes back to it.
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
      // Statements leave without waiting for the answers to those before: see StatementPipeline.
      pipeline: true,
      // A connection that was used a while ago has its statements prepared.
      idleTimeoutMillis: 300_000,
      // Whoever waits longer for a connection is told to come back: behind them there are others.
      connectionTimeoutMillis: 5_000,
      // Where a server vanished, connections that nobody uses find out, too; those in use do by themselves.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      Client: AttentiveClient,
    },
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
  } as DataSourceOptions);
}

/** What both the service and the migrations connect with. */
export function commonOptions(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    namingStrategy: new SnakeCaseNaming(),
    synchronize: false,
    installExtensions: false,
  };
}
