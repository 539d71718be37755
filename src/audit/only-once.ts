import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** Metadata key; read by TransactionalHandlers. */
export const DONE_ANEW = 'audit:done_anew';

/** In the OpenAPI document: why a POST takes no Idempotency-Key. */
export const IGNORES_KEYS = 'x-ignores-idempotency-key';

/**
 * A POST that is done each time it is asked for, whatever its Idempotency-Key says, and whose answer is kept nowhere: say
 * why.
 */
export const DoneAnew = (why: string): MethodDecorator =>
  applyDecorators(SetMetadata(DONE_ANEW, why), ApiExtension(IGNORES_KEYS, why));

/** A call under way that is done once only. */
export interface CallOnce {
  /** What the handler answered: within its transaction where it has one, so that both stand or neither. */
  answered(answer: unknown): Promise<void>;
}

/** Sees to it that a call which comes again is not done again; the composition root says who does. */
export interface OnlyOnce {
  /** Answers what `work` answers, or what it answered before. Throws what `work` throws, and 400, 409 and 422. */
  run(work: (call?: CallOnce) => Promise<unknown>): Promise<unknown>;
}
