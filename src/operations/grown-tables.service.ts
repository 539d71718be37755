import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { Schedule } from '../schedule/schedule';

const SECONDS = 15;
/** In pages: below, reading all of a table is no loss. */
const SOME_SIZE = 16;
/** More than PostgreSQL takes to count a table of any size, on a slow disk. */
const PATIENCE = '60s';

interface Table {
  readonly name: string;
  readonly quoted: string;
}

/**
 * Has PostgreSQL count tables that have outgrown what it knows of them: of some size and never counted, or four times
 * as large as at the last count. By itself it does so once a minute, or not at all where that was turned off;
 * connections keep plans that were made for a handful of rows meanwhile, and look through thousands (ADR 0018).
 */
@Injectable()
export class GrownTables implements OnModuleInit {
  private readonly log = new Logger('Database');

  constructor(
    private readonly database: Database,
    private readonly schedule: Schedule,
  ) {}

  onModuleInit(): void {
    this.schedule.every('database.count_grown_tables', SECONDS, (_now, stopping) => this.run(stopping));
  }

  private async run(stopping: AbortSignal): Promise<void> {
    const counted: string[] = [];
    for (const { name, quoted } of await this.grown()) {
      if (stopping.aborted) break;
      await this.count(quoted);
      counted.push(name);
    }
    if (counted.length > 0) this.log.log(`Counted, having grown: ${counted.join(', ')}.`);
  }

  private grown(): Promise<Table[]> {
    return this.database.lookUp<Table>(
      'grown_tables',
      `select relname as name, format('public.%I', relname) as quoted
         from pg_class c
        where relnamespace = 'public'::regnamespace and relkind = 'r'
          and pg_relation_size(oid) >= current_setting('block_size')::bigint * case
                when coalesce(pg_stat_get_last_analyze_time(oid), pg_stat_get_last_autoanalyze_time(oid)) is null
                then $1::int else greatest($1::int, 4 * relpages) end
        order by relname`,
      [SOME_SIZE],
    );
  }

  /** As its owner, whom PostgreSQL lets count; in a transaction of its own, so that no other table is held meanwhile. */
  private count(quoted: string): Promise<void> {
    return this.database.outsideWorkspaces(async () => {
      await this.database.query('set local role none');
      await this.database.query(`set local statement_timeout = '${PATIENCE}'`);
      await this.database.query(`analyze ${quoted}`);
    });
  }
}
