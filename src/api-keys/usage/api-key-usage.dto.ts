import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { WhenGiven } from '../../http/when-given';
import type { CallsOfDay } from './api-key-usage.service';

function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^[1-9]\d{3}-\d\d-\d\d$/.test(value)) return false;
  const time = Date.parse(value);
  // The 30th of February is read as a day of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

const IsDay = (): PropertyDecorator =>
  ValidateBy({
    name: 'isDay',
    validator: {
      validate: isDay,
      defaultMessage: (args) => `${args?.property ?? 'value'} must be a day such as 2030-01-31`,
    },
  });

export class ApiKeyUsageQuery {
  @ApiPropertyOptional({
    format: 'date',
    description: 'The first day, in UTC; 30 days before `to` by default',
  })
  @WhenGiven()
  @IsDay()
  from?: string;

  @ApiPropertyOptional({ format: 'date', description: 'The last day, included; today by default' })
  @WhenGiven()
  @IsDay()
  to?: string;
}

class CallsOfDayDto implements CallsOfDay {
  @ApiProperty({ format: 'date', description: 'In UTC' })
  day: string;

  @ApiProperty({ description: 'How many were made with it' })
  calls: number;
}

/** A whole list: it never has a second page. */
export class ApiKeyUsageDto {
  @ApiProperty({ type: [CallsOfDayDto], description: 'Every day of the span, oldest first' })
  data: CallsOfDay[];

  @ApiProperty({ description: 'Calls within all these days' })
  total: number;

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;

  static of(data: CallsOfDay[]): ApiKeyUsageDto {
    return { data, total: data.reduce((sum, { calls }) => sum + calls, 0), nextCursor: null };
  }
}
