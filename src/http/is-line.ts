import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsString, Matches, MaxLength } from 'class-validator';

/** What people read: 1 to `most` characters on one line, something visible among them. */
export const IsLine = (most: number): PropertyDecorator =>
  applyDecorators(
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must be one line of readable text' }),
    Matches(/\S/, { message: '$property must be longer than or equal to 1 characters' }),
    MaxLength(most),
    IsString(),
  );

/** A name that somebody gives: a line without the blanks around it, which a paste brings along and nobody sees. */
export const IsName = (most: number): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    IsLine(most),
  );
