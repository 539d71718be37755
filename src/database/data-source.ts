import { DataSource, type DataSourceOptions, type EntityTarget } from 'typeorm';
import { SnakeCaseNaming } from './naming-strategy';

/** The role the service works as: neither owner of a table nor superuser, so row-level security binds it. */
export const APP_ROLE = 'gatehouse_app';

/** The pool of the running service. Takes a postgres:// URL whose user may become {@link APP_ROLE}. */
export function appDataSource(url: string, poolSize: number, entities: EntityTarget<unknown>[]): DataSource {
  return new DataSource({
    ...commonOptions(url),
    entities: entities as never,
    poolSize,
    applicationName: 'gatehouse',
    extra: {
      // Given at connect, so that even RESET ROLE comes back to it.
      options: `-c role=${APP_ROLE}`,
      statement_timeout: 5_000,
      lock_timeout: 3_000,
      idle_in_transaction_session_timeout: 10_000,
      // Statements leave without waiting for the answers to those before: see Flight.
      pipeline: true,
      // A connection that was used a while ago has its statements prepared.
      idleTimeoutMillis: 300_000,
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
