import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { RateClass } from './rate-policy';

/** Metadata key; read by the guard. */
export const RATE_CLASS = 'rate-limits:class';

/** What the calls of a public route count as; `public` without it. Other routes count by who calls. */
export const RateLimited = (rateClass: RateClass): CustomDecorator => SetMetadata(RATE_CLASS, rateClass);
