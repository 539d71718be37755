import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { Database } from '../database/database';
import { Schedule } from '../schedule/schedule';

const SECONDS = 15;
/** In pages: below, reading all of a table is no loss. */
const SOME_SIZE = 16;
/** Of PostgreSQL's `default_statistics_target`: a tenth of the usual sample, for a large table on a slow disk. */
const ROUGHLY = 10;

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
  /** Twice what any other statement may take, and less than a connection waits for a silent server. */
  patienceSeconds = 9;

  private readonly log = new Logger('Database');

  constructor(
    private readonly database: Database,
    private readonly schedule: Schedule,
  ) {}

  onModuleInit(): void {
    this.schedule.every('database.count_grown_tables', SECONDS, (_now, stopping) => this.run(stopping));
  }

  /** One that cannot be counted, because somebody holds it for instance, keeps none of the others from it. */
  private async run(stopping: AbortSignal): Promise<void> {
    const counted: string[] = [];
    const failures: unknown[] = [];
    for (const { name, quoted } of await this.grown()) {
      if (stopping.aborted) break;
      await this.count(quoted).then(
        () => counted.push(name),
        (failure: unknown) => failures.push(failure),
      );
    }
    if (counted.length > 0) this.log.log(`Counted, having grown: ${counted.join(', ')}.`);
    if (failures.length > 0) throw failures[0];
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

  private async count(quoted: string): Promise<void> {
    try {
      await this.analyze(quoted, []);
    } catch (failure) {
      if (!ranOutOfTime(failure)) throw failure;
      await this.analyze(quoted, [`set local default_statistics_target = ${ROUGHLY}`]);
    }
  }

  /** As its owner, whom PostgreSQL lets count; in a transaction of its own, so that no other table is held meanwhile. */
  private analyze(quoted: string, settings: readonly string[]): Promise<void> {
    return this.database.outsideWorkspaces(async () => {
      for (const setting of [
        'set local role none',
        `set local statement_timeout = '${this.patienceSeconds}s'`,
        ...settings,
      ])
        await this.database.query(setting);
      await this.database.query(`analyze ${quoted}`);
    });
  }
}

const ranOutOfTime = (failure: unknown): boolean =>
  failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === '57014';
