import { applyDecorators } from '@nestjs/common';
import { IsString, Length, Matches } from 'class-validator';

/** A name people read: 1 to `most` characters on one line, something visible among them. */
export const IsLine = (most: number): PropertyDecorator =>
  applyDecorators(
    Matches(/^(?=.*\S)[^\p{Cc}\p{Cs}]+$/u, { message: '$property must be one line of readable text' }),
    Length(1, most),
    IsString(),
  );
