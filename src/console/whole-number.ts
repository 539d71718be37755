import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { WhenGiven } from '../http/when-given';

/** A field of a form for a whole number that may be left empty. */
export const WholeNumber = ({ min, max }: { min: number; max: number }): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => {
      if (typeof value !== 'string') return value;
      return value.trim() === '' ? undefined : Number(value);
    }),
    WhenGiven(),
    IsInt(),
    Min(min),
    Max(max),
  );
