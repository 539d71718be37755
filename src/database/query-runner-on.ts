import type { PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/**
 * A TypeORM QueryRunner on a connection whose transaction is already open. Its `release` only ends its own use; the
 * connection stays with the caller.
 */
export function runnerOn(client: PoolClient, dataSource: DataSource): QueryRunner {
  // isTransactionActive keeps save() and remove() from opening a transaction of their own.
  return Object.assign(dataSource.createQueryRunner(), {
    databaseConnection: client,
    isTransactionActive: true,
    transactionDepth: 1,
  });
}
