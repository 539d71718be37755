import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

/** A number of requests within a number of seconds. */
export class RateLimit {
  @ApiProperty({ minimum: 1, maximum: 1_000_000, example: 600, description: 'So many are let through' })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  requests: number;

  @ApiProperty({ minimum: 1, maximum: 86_400, example: 60, description: 'Within so many seconds' })
  @IsInt()
  @Min(1)
  @Max(86_400)
  seconds: number;

  /** Makes the limit of two columns, which are both null or both set. */
  static of(requests: number | null, seconds: number | null): RateLimit | null {
    return requests === null || seconds === null ? null : { requests, seconds };
  }
}

/** Whether `limit` allows more than `other`, as a burst or over time. */
export const letsMoreThrough = (limit: RateLimit, other: RateLimit): boolean =>
  limit.requests > other.requests || limit.requests * other.seconds > other.requests * limit.seconds;
