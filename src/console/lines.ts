import { Transform } from 'class-transformer';

/** A field of a form that takes several texts, one per line; commas and spaces set them apart as well. */
export const Lines = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(/[\s,;]+/).filter((text) => text !== '') : value,
  );

/** One box of several is sent as a text. */
export const Boxes = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => [value].flat());
