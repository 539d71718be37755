import { type DynamicModule, Global, Logger, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type EntityTarget } from 'typeorm';
import { appDataSource } from './data-source';
import { Database } from './database';
import { migrate } from './migrate';

/** Migrates, then opens the pool of the service. `entities` come from the composition root. */
@Global()
@Module({})
export class DatabaseModule {
  static with(url: string, poolSize: number, entities: EntityTarget<unknown>[]): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres', retryAttempts: 0 }),
          dataSourceFactory: async () => {
            const ran = await migrate(url);
            if (ran.length > 0) new Logger('Database').log(`Migrations ran: ${ran.join(', ')}`);
            return appDataSource(url, poolSize, entities).initialize();
          },
        }),
      ],
      providers: [
        {
          provide: Database,
          inject: [getDataSourceToken()],
          useFactory: (dataSource: DataSource) => new Database(dataSource),
        },
      ],
      exports: [Database],
    };
  }
}
