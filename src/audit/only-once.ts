import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** Metadata key, read by TransactionalHandlers. */
export const DONE_ANEW = 'audit:done_anew';

/** OpenAPI extension: why a POST ignores the Idempotency-Key. */
export const IGNORES_KEYS = 'x-ignores-idempotency-key';

/**
 * Marks a POST that is executed on each call, whatever its Idempotency-Key, and whose response is never stored. `why`
 * gives the reason.
 */
export const DoneAnew = (why: string): MethodDecorator =>
  applyDecorators(SetMetadata(DONE_ANEW, why), ApiExtension(IGNORES_KEYS, why));

/** A call with an Idempotency-Key in progress. */
export interface CallOnce {
  /**
   * Stores the handler's return value, within its transaction where it has one, so that both are committed or neither.
   */
  answered(answer: unknown): Promise<void>;
}

/** Executes a call with the same Idempotency-Key once only. The composition root provides the implementation. */
export interface OnlyOnce {
  /**
   * Runs `work` and returns its result, or returns the stored result of an earlier call. Throws what `work` throws,
   * and 400, 409 and 422.
   */
  run(work: (call?: CallOnce) => Promise<unknown>): Promise<unknown>;
}
