import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsString, ValidateBy } from 'class-validator';
import { isDay } from '../http/instant';
import { WhenGiven } from '../http/when-given';

/** A field of a form that takes several texts, one per line; commas and spaces set them apart as well. */
export const Lines = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(/[\s,;]+/).filter((text) => text !== '') : value,
  );

/** A field of a form that takes several texts, one per line, with whatever stands in them. */
export const WholeLines = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .split(/\r\n|[\n\r]/)
          .map((line) => line.trim())
          .filter((line) => line !== '')
      : value,
  );

/** One box of several is sent as a text. */
export const Boxes = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => [value].flat());

/** A box that is not ticked is not sent. */
export const Box = (): PropertyDecorator => applyDecorators(WhenGiven(), IsIn(['on']));

/** A field of a form for a text that may be left empty. */
export const MayBeEmpty = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.trim() || undefined : value,
    ),
    WhenGiven(),
    IsString(),
  );

/** A field of a form for a day of the calendar that may be left empty. */
export const MayBeDay = (): PropertyDecorator =>
  applyDecorators(
    MayBeEmpty(),
    ValidateBy({
      name: 'isDay',
      validator: {
        validate: (value) => /^\d{4}-\d\d-\d\d$/.test(String(value)) && isDay(String(value)),
        defaultMessage: () => 'This must be a day such as 2030-01-31',
      },
    }),
  );
