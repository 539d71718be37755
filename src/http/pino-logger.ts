import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { Problem } from './problems';
import { requestContext } from './request-context';

type Level = 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal';

/**
 * Writes log lines as JSON, with the request id. Callers pass every field by name, so no secret gets into the log
 * unless a caller names it; there is no redaction list.
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

  /** Resolves when all lines so far are written: pino writes asynchronously. */
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

/** Contexts of Nest's messages at start-up, logged at level debug. main.ts reports a failed start once. */
const FRAMEWORK = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
  'ExceptionHandler',
  'TypeOrmModule',
]);

/** Logs only code and text of a database error, because the error object contains the parameters of the statement. */
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
