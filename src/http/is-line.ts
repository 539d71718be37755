import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsString, Matches, MaxLength } from 'class-validator';

/** Blanks, and what no font draws anything for. */
const SOMETHING_VISIBLE = /[^\s\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** What turns letters around: with it a name reads as another one. Letters know their direction without. */
const TURNS_AROUND = /[\u202a-\u202e\u2066-\u2069]/g;

/** What people read: 1 to `most` characters on one line, something visible among them. */
export const IsLine = (most: number): PropertyDecorator =>
  applyDecorators(
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must be one line of readable text' }),
    Matches(SOMETHING_VISIBLE, { message: '$property must be longer than or equal to 1 characters' }),
    MaxLength(most),
    IsString(),
  );

/** A name that somebody gives: a line without what a paste brings along and nobody sees, as the blanks around it. */
export const IsName = (most: number): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.replaceAll(TURNS_AROUND, '').trim() : value,
    ),
    IsLine(most),
  );
