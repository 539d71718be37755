import { type DynamicModule, Global, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type EntityTarget } from 'typeorm';
import { appDataSource } from './data-source';
import { Database } from './database';
import { DatabaseNotices } from './database-notices';

/** The connection pool, with all migrations run. The composition root passes the entities. */
@Global()
@Module({})
export class DatabaseModule {
  static with(url: string, poolSize: number, entities: EntityTarget<unknown>[]): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres', retryAttempts: 0 }),
          dataSourceFactory: () => appDataSource(url, poolSize, entities).initialize(),
        }),
      ],
      providers: [
        {
          provide: Database,
          inject: [getDataSourceToken()],
          useFactory: (dataSource: DataSource) => new Database(dataSource),
        },
        {
          provide: DatabaseNotices,
          inject: [getDataSourceToken()],
          useFactory: (dataSource: DataSource) => new DatabaseNotices(dataSource),
        },
      ],
      exports: [Database, DatabaseNotices],
    };
  }
}
