import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { Problem } from './problems';
import { requestContext } from './request-context';

type Level = 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal';

/**
 * Structured lines with the request id. What is logged is named field by field at the call: there is no list of
 * words to hide, because nothing unnamed is written.
 */
export class PinoLogger implements LoggerService {
  private readonly pino: Logger;

  /** @param output 1: standard output; 2: standard error, for commands whose output is their answer */
  constructor(level: string, output: 1 | 2 = 1) {
    const mixin = (): { requestId?: string } => {
      const context = requestContext.current();
      return context ? { requestId: context.requestId } : {};
    };
    this.pino = pino({ level, base: null, mixin }, pino.destination(output));
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Resolves when all that was logged is written: lines are written beside what goes on. */
  written(): Promise<void> {
    return new Promise((resolve) => this.pino.flush(() => resolve()));
  }

  private write(level: Level, message: unknown, rest: unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    if (FRAMEWORK.has(context as string)) level = 'debug';
    if (message instanceof Error) this.pino[level]({ context, ...describe(message) }, message.message);
    else if (typeof message === 'object' && message !== null) this.pino[level]({ context, ...message });
    else this.pino[level]({ context }, String(message));
  }
}

/** What the framework says of its own start. Why one failed is told once, by main.ts. */
const FRAMEWORK = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
  'ExceptionHandler',
  'TypeOrmModule',
]);

/** Errors of the database carry the parameters of the statement: only its code and text are written. */
function describe(error: Error): Record<string, unknown> {
  const { code } = (error as { driverError?: { code?: string } }).driverError ?? {};
  const { reason } = error instanceof Problem ? error.extra : {};
  return {
    error: error.name,
    ...(reason !== undefined && { reason }),
    ...(code ? { databaseCode: code } : {}),
    stack: error.stack,
  };
}
