import { applyDecorators } from '@nestjs/common';
import { IsString, Matches, MaxLength } from 'class-validator';

/** A name people read: 1 to `most` characters on one line, something visible among them. */
export const IsLine = (most: number): PropertyDecorator =>
  applyDecorators(
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must be one line of readable text' }),
    Matches(/\S/, { message: '$property must be longer than or equal to 1 characters' }),
    MaxLength(most),
    IsString(),
  );
