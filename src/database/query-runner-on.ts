import type { PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/**
 * TypeORM on a connection whose transaction is open already. It neither takes the connection nor gives it back; to
 * `release` it only means that it takes no more queries.
 */
export function runnerOn(client: PoolClient, dataSource: DataSource): QueryRunner {
  // Told that the transaction is open, save() and remove() do not end one of their own.
  return Object.assign(dataSource.createQueryRunner(), {
    databaseConnection: client,
    isTransactionActive: true,
    transactionDepth: 1,
  });
}
